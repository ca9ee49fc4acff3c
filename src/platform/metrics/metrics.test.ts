import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Metrics } from './metrics.ts'

test('counters, histograms and gauges appear in the Prometheus format', async () => {
  const metrics = new Metrics()
  const requests = metrics.counter('requests_total', 'Requests.', ['route', 'status'])
  requests.add(1, '/a', '200')
  requests.add(2, '/a', '200')
  requests.add(1, '/b', '404')
  const seconds = metrics.histogram('request_seconds', 'Time.', ['route'], [0.1, 1])
  for (const value of [0.05, 0.1, 0.5, 7]) seconds.observe(value, '/a')
  metrics.gauge('active', 'Now.', () => 3)

  const { body, contentType } = await metrics.text()
  assert.match(contentType, /^text\/plain/)
  for (const line of [
    '# TYPE hearth_requests_total counter',
    'hearth_requests_total{route="/a",status="200"} 3',
    'hearth_requests_total{route="/b",status="404"} 1',
    '# TYPE hearth_request_seconds histogram',
    'hearth_request_seconds_bucket{route="/a",le="0.1"} 2',
    'hearth_request_seconds_bucket{route="/a",le="1"} 3',
    'hearth_request_seconds_bucket{route="/a",le="+Inf"} 4',
    'hearth_request_seconds_sum{route="/a"} 7.65',
    'hearth_request_seconds_count{route="/a"} 4',
    'hearth_active 3',
  ]) {
    assert.ok(body.split('\n').includes(line), `${line} is missing in:\n${body.slice(-900)}`)
  }
})
