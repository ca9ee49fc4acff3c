import type { Bar, Figure } from './bars.ts'
import { jsonRequest, streamRequest } from './chat-request.ts'
import { startHearth, untilModelListed } from './hearth.ts'
import { LoadClient } from './load.ts'
import { memoryUnderLoad, type MemoryReading } from './memory.ts'
import { JSON_MODEL } from './model-names.ts'
import { pacedStreams, type PacedReading } from './paced-streams.ts'
import { BRIEF_MODEL, type RelayPlan } from './relay-plan.ts'
import { addedRatio, interleave, pairedRatio, ratioOfMedians, type Rounds } from './rounds.ts'
import { sequentialLatency } from './sequential.ts'
import { startScript } from './scripts.ts'
import { emptyNodeMs, hearthStartMs } from './start-time.ts'
import { median, spreadOf, type Spread } from './statistics.ts'
import { RELAY_NAMES, SUBJECT_NAMES, type Setup, type SubjectName } from './subjects.ts'
import { throughput, type Throughput } from './throughput.ts'

const json = jsonRequest(JSON_MODEL)
const brief = streamRequest(BRIEF_MODEL)

/** Every figure of the relay bench, in the order of the table. */
export async function measureRelay(setup: Setup, plan: RelayPlan): Promise<Figure[]> {
  await warmUp(setup, plan)
  return [
    await addedJsonLatency(setup, plan),
    await addedFirstByte(setup, plan),
    ...(await throughputFigures(setup, plan)),
    ...(await chunkFigures(setup, plan)),
    await memoryGrowth(setup, plan),
    await startTime(setup, plan),
  ]
}

/** Lets V8 optimise all parties and opens the connections, on the paths that are measured later. */
async function warmUp({ subjects }: Setup, plan: RelayPlan): Promise<void> {
  const kinds = [json, json, brief]
  for (const name of SUBJECT_NAMES) {
    let sent = 0
    await subjects[name].client.sendMany(plan.concurrency, () =>
      sent < plan.warmUpRequests ? kinds[sent++ % kinds.length] : undefined,
    )
  }
  for (const name of RELAY_NAMES) await pacedStreams(subjects[name], plan.paced)
}

async function addedJsonLatency({ subjects }: Setup, plan: RelayPlan): Promise<Figure> {
  const rounds = await interleave(SUBJECT_NAMES, plan.rounds, async (name) => {
    return (await sequentialLatency(subjects[name].client, json, plan.sequentialJson)).totalMs
  })
  return {
    words: 'JSON, one at a time: latency p50',
    cells: cells(rounds, milliseconds),
    bar: bar('added_json_p50', { atMost: 2 }, addedRatio(rounds.hearth, rounds.bare, rounds.direct)),
  }
}

async function addedFirstByte({ subjects }: Setup, plan: RelayPlan): Promise<Figure> {
  const rounds = await interleave(SUBJECT_NAMES, plan.rounds, async (name) => {
    return (await sequentialLatency(subjects[name].client, brief, plan.sequentialStreams)).firstByteMs
  })
  return {
    words: 'Streams, one at a time: first byte p50',
    cells: cells(rounds, milliseconds),
    bar: bar('added_first_byte_p50', { atMost: 2 }, addedRatio(rounds.hearth, rounds.bare, rounds.direct)),
  }
}

async function throughputFigures({ subjects }: Setup, plan: RelayPlan): Promise<Figure[]> {
  const rounds = await interleave(SUBJECT_NAMES, plan.throughput.rounds, (name) =>
    throughput(subjects[name], json, plan.concurrency, plan.throughput.sliceMs),
  )
  const perSecond = pick(rounds, (reading: Throughput) => reading.perSecond)
  const relays = { bare: rounds.bare, hearth: rounds.hearth }
  return [
    {
      words: `JSON, ${plan.concurrency} at a time: answers per second`,
      cells: cells(perSecond, (value) => value.toFixed(0)),
      bar: bar('throughput_ratio', { atLeast: 0.7 }, pairedRatio(perSecond.hearth, perSecond.bare)),
    },
    {
      words: '  relay CPU for each answer',
      cells: cells(
        pick(relays, (reading) => reading.cpuMicrosPerRequest),
        microseconds,
      ),
    },
    {
      words: '  relay busy, share of its core',
      cells: cells(
        pick(relays, (reading) => reading.busyShare),
        (value) => value.toFixed(2),
      ),
    },
  ]
}

async function chunkFigures({ subjects }: Setup, plan: RelayPlan): Promise<Figure[]> {
  const rounds = await interleave(RELAY_NAMES, plan.pacedRounds, (name) =>
    pacedStreams(subjects[name], plan.paced),
  )
  const figure = (read: (reading: PacedReading) => number): Rounds<'bare' | 'hearth', number> =>
    pick(rounds, read)
  const cpu = figure((reading) => reading.cpuMicrosPerChunk)
  const p99 = figure((reading) => reading.latencyP99Ms)
  const share40Ms = figure((reading) => reading.share40Ms)
  return [
    {
      words: `${plan.paced.streams} streams, a chunk each ${plan.paced.intervalMs} ms: relay CPU for each chunk`,
      cells: cells(cpu, microseconds),
      bar: bar('chunk_cpu_ratio', { atMost: 1.25 }, pairedRatio(cpu.hearth, cpu.bare)),
    },
    {
      words: '  chunk latency p50',
      cells: cells(
        figure((reading) => reading.latencyP50Ms),
        milliseconds,
      ),
    },
    {
      words: '  chunk latency p99',
      cells: cells(p99, milliseconds),
      bar: bar('chunk_latency_p99_ratio', { atMost: 2 }, ratioOfMedians(p99.hearth, p99.bare)),
    },
    {
      words: '  chunks 35 to 50 ms late, share',
      cells: cells(share40Ms, (value) => value.toFixed(4)),
      bar: bar('chunk_40ms_share', { atMost: 0.01 }, spreadOf(share40Ms.hearth)),
    },
  ]
}

/**
 * On relays of their own, so that the count of requests is true. The bare relay's growth has no bar; it tells
 * how much of Hearth's is V8 taking its time before it collects.
 */
async function memoryGrowth({ hearthOptions }: Setup, plan: RelayPlan): Promise<Figure> {
  const requests = [...Array.from({ length: 9 }, () => json), brief]
  const bare = await startScript(hearthOptions.core, 'bare-relay.ts', hearthOptions.upstreamUrls[0]!)
  const ofBare = await memoryUnderLoad(
    { client: new LoadClient(bare.url), relay: bare.process },
    requests,
    plan.memory,
  )
  await bare.process.stop()

  const hearth = await startHearth(hearthOptions)
  await untilModelListed(hearth, JSON_MODEL)
  const client = new LoadClient(hearth.url, hearth.key)
  const ofHearth = await memoryUnderLoad({ client, relay: hearth.process }, requests, plan.memory)
  await hearth.process.stop()

  const { early, late } = plan.memory
  return {
    words: `Memory after ${early / 1000}k and ${late / 1000}k requests, a tenth of them streams`,
    cells: { bare: memoryCell(ofBare), hearth: memoryCell(ofHearth) },
    bar: bar('rss_growth', { atMost: 0.1 }, spreadOf([ofHearth.lateBytes / ofHearth.earlyBytes - 1])),
  }
}

/** On the data folder that the measured Hearth has filled, once it has let go of it. */
async function startTime({ hearth, hearthOptions }: Setup, plan: RelayPlan): Promise<Figure> {
  await hearth.process.stop()
  const rounds = await interleave(['empty', 'hearth'], plan.starts, (name) =>
    name === 'empty' ? emptyNodeMs(hearthOptions.core) : hearthStartMs(hearthOptions, hearth.dataFolder),
  )
  return {
    words: `Start to healthy, against an empty node (${milliseconds(median(rounds.empty))})`,
    cells: { hearth: milliseconds(median(rounds.hearth)) },
    bar: bar('start_ratio', { atMost: 20 }, pairedRatio(rounds.hearth, rounds.empty)),
  }
}

function bar(name: string, limit: Bar, reading: Spread): NonNullable<Figure['bar']> {
  return { name, limit, reading }
}

function pick<Name extends SubjectName, Reading>(
  rounds: Rounds<Name, Reading>,
  read: (reading: Reading) => number,
): Rounds<Name, number> {
  const entries = Object.entries<readonly Reading[]>(rounds).map(([name, readings]) => [
    name,
    readings.map(read),
  ])
  return Object.fromEntries(entries) as Rounds<Name, number>
}

function cells(
  rounds: Partial<Rounds<SubjectName, number>>,
  format: (value: number) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(rounds).map(([name, values]) => [name, format(median(values))]))
}

function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 3 : 0)} ms`
}

function microseconds(value: number): string {
  return `${value.toFixed(1)} us`
}

function memoryCell({ earlyBytes, lateBytes }: MemoryReading): string {
  return `${(earlyBytes / 1e6).toFixed(0)} → ${(lateBytes / 1e6).toFixed(0)} MB`
}
