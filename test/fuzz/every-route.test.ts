import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Agent, type Dispatcher } from 'undici'
import { eventStream, json } from '../fakes/script.ts'
import { chatChunk, DONE, finishChunk, usageChunk } from '../fakes/sse.ts'
import { within } from '../fakes/within.ts'
import { wholeAnswer } from '../harness/answers.ts'
import { checkAnswer } from '../harness/check-answer.ts'
import { CHAT, chat, COMPLETIONS, EMBEDDINGS, House } from '../relay/house.ts'
import { Random } from './random.ts'
import { randomRequest, type Known, type Operation, type RandomRequest } from './random-request.ts'
import type { Schema } from './random-values.ts'

const REQUESTS = Number(process.env['HEARTH_FUZZ_REQUESTS'] ?? 10_000)
const SEED = Number(process.env['HEARTH_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 32))
const AT_ONCE = 8
const LONGEST_ANSWER_MS = 10_000
/** So small that some bodies are too large. */
const BODY_LIMIT_BYTES = 100_000
/** Spreads the seeds of neighbouring requests apart. */
const STRIDE = 2_654_435_761

interface OpenApi {
  paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: Schema }> } }>>
}

test(`${REQUESTS} random requests to every route get an answer in the right form, and never a 500`, async (context) => {
  context.diagnostic(`replay with HEARTH_FUZZ_SEED=${SEED} HEARTH_FUZZ_REQUESTS=${REQUESTS}`)
  await using house = await answeringHouse()
  const agent = new Agent({ connections: AT_ONCE, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })
  const operations = await operationsOf(house)
  const known = await knownThings(house)
  const statuses = new Map<number, number>()

  const send = async (index: number): Promise<void> => {
    const random = new Random(SEED + index * STRIDE)
    const sent = randomRequest(random.pick(operations), known, random)
    try {
      const status = await within(LONGEST_ANSWER_MS, 'an answer', answered(house, agent, sent))
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    } catch (cause) {
      throw new Error(`Seed ${SEED}, request ${index}: ${describeRequest(sent)}: ${String(cause)}`, { cause })
    }
  }
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < REQUESTS) await send(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  await agent.destroy()

  context.diagnostic(
    `answers: ${[...statuses]
      .sort(([a], [b]) => a - b)
      .map(([status, count]) => `${count} × ${status}`)
      .join(', ')}`,
  )
  for (const status of [200, 400, 401, 403, 404, 413, 421])
    assert.ok(statuses.has(status), `no ${status} among the answers: the requests are too alike`)
  await stillWell(house)
})

/** The events have no end: having them begin is all there is to wait for. */
function leave(response: Dispatcher.ResponseData): number {
  response.body.on('error', () => undefined)
  response.body.destroy()
  return response.statusCode
}

/** Sends a request and checks what comes back; returns its status. */
async function answered(house: House, agent: Agent, sent: RandomRequest): Promise<number> {
  const { method, path, headers, body } = sent
  const response = await agent.request({
    origin: house.hearth.url,
    path,
    method,
    headers,
    body: body ?? null,
  })
  if (path.startsWith('/api/events') && response.statusCode === 200) return leave(response)
  const answer = await wholeAnswer(response)
  assert.notEqual(answer.status, 500, answer.text.slice(0, 300))
  assert.match(
    String(answer.headers['x-request-id']),
    /^[\da-f]{32}$/,
    `${answer.status} without ids: ${answer.text.slice(0, 200)}`,
  )
  if (method === 'HEAD') return answer.status
  if (answer.status >= 400)
    assert.match(
      String(answer.headers['content-type']),
      /^application\/json/,
      `${answer.status}: ${answer.text.slice(0, 200)}`,
    )
  checkAnswer(house.hearth.app.routes, method, path.split('?', 1)[0]!, answer)
  return answer.status
}

async function answeringHouse(): Promise<House> {
  const house = await House.start({
    models: ['m1', 'x', 'é'],
    settings: { body_limit_bytes: BODY_LIMIT_BYTES },
  })
  const events = eventStream(chatChunk('Hi'), finishChunk('stop'), usageChunk(), DONE)
  const choices = [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hi' } }]
  const whole = json({ choices, data: [], usage: { prompt_tokens: 1, total_tokens: 2 } })
  for (const path of [CHAT, COMPLETIONS, EMBEDDINGS]) {
    house.host.on(path, (exchange) => {
      // Ten thousand bodies need not be kept.
      house.host.requests.length = 0
      return exchange.headers.accept === 'text/event-stream' ? events : [whole]
    })
  }
  return house
}

async function operationsOf({ hearth }: House): Promise<Operation[]> {
  const { paths } = (await hearth.request('/openapi.json')).json<OpenApi>()
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      body: requestBody?.content['application/json']?.schema,
    })),
  )
}

async function knownThings({ hearth }: House): Promise<Known> {
  const made = await Promise.all(
    (['relay', 'view', 'operate', 'admin'] as const).map((scope) => hearth.newKey(scope)),
  )
  // Revoked by whoever names it; the keys that are sent stay.
  const doomed = await Promise.all([1, 2, 3].map(() => hearth.newKey('view')))
  return {
    keys: [hearth.adminKey, hearth.adminKey, hearth.adminKey, ...made.map(({ key }) => key), 'wrong', ''],
    ids: ['m1', 'm1', ...doomed.map(({ id }) => id)],
  }
}

async function stillWell(house: House): Promise<void> {
  assert.equal((await house.hearth.request('/health')).status, 200)
  assert.equal((await house.hearth.post(CHAT, chat())).status, 200)
  const { requests } = (await house.hearth.request('/api/status')).json<{ requests: object }>()
  assert.deepEqual(requests, { active: 0, waiting: 0 })
}

function describeRequest({ method, path, headers, body }: RandomRequest): string {
  return `${method} ${path} ${JSON.stringify(headers)} ${body?.toString().slice(0, 300) ?? 'no body'}`
}
