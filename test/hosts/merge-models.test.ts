import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { capabilitiesOf, CAPABILITIES, type Answer } from '#hosts/capabilities'
import { DEFAULT_CONTEXT_WINDOW, guessContextWindow } from '#hosts/guess-context-window'
import type { HouseModel } from '#hosts/house-model'
import { mergeModels, type HostWithModels } from '#hosts/merge-models'
import type { ModelFacts } from '#hosts/model-facts'
import { Random } from '../fuzz/random.ts'

const IDS = ['alpha', 'beta', 'qwen2-coder', 'mistral-7b-x', '__proto__', 'constructor']
const FIELDS = ['owned_by', 'created', 'note', 'toString']
const ROUNDS = Number(process.env.HEARTH_MERGE_ROUNDS ?? 400)

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

function randomFacts(random: Random, id: string, valueOf: (name: string) => unknown): ModelFacts {
  const has = (): boolean => random.chance(0.6)
  const fields: Record<string, unknown> = { id }
  for (const name of FIELDS) if (has()) fields[name] = valueOf(name)
  const answers: Record<string, Answer> = {}
  for (const name of CAPABILITIES) if (has()) answers[name] = valueOf(`can ${name}`) as Answer
  const facts: Mutable<ModelFacts> = {
    id,
    fields,
    state: has() ? (valueOf('state') as ModelFacts['state']) : 'unknown',
    type: has() ? (valueOf('type') as ModelFacts['type']) : 'unknown',
    capabilities: capabilitiesOf({ probe: answers }),
    path: has() ? [] : ['h1', 'h2'].slice(0, 1 + random.below(2)),
  }
  if (has()) {
    facts.contextWindow = valueOf('context') as number
    facts.contextWindowSource = 'host'
  }
  if (has()) facts.maxContextWindow = valueOf('max') as number
  if (has()) facts.arch = valueOf('arch') as string
  return facts
}

/** Hosts that know some of the models; what they say differs, or is the same wherever they say it. */
function randomHosts(random: Random, agree: boolean): HostWithModels[] {
  const agreed = new Map<string, unknown>()
  const value = (name: string): unknown => {
    if (name === 'state') return random.pick(['loaded', 'not-loaded'])
    if (name === 'type') return random.pick(['llm', 'vlm', 'embeddings'])
    if (name.startsWith('can ')) return random.pick(['yes', 'no'])
    if (name === 'context' || name === 'max') return 1 + random.below(100_000)
    return `${name} ${random.below(1_000)}`
  }
  return Array.from({ length: random.below(5) }, (_, at) => {
    const ids = IDS.filter(() => random.chance(0.5))
    const models = ids.map((id) =>
      randomFacts(random, id, (name) => {
        if (!agree) return value(name)
        const key = `${id} ${name}`
        if (!agreed.has(key)) agreed.set(key, value(name))
        return agreed.get(key)
      }),
    )
    return { id: `host${at}`, name: `Host ${at}`, models: () => models }
  })
}

function rounds(check: (hosts: HostWithModels[], random: Random) => void, agree = false): void {
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const random = new Random(seed)
    const hosts = randomHosts(random, agree)
    try {
      check(hosts, random)
    } catch (error) {
      throw new Error(`with seed ${seed}`, { cause: error })
    }
  }
}

const rowsOf = (hosts: readonly HostWithModels[], id: string): ModelFacts[] =>
  hosts.flatMap((host) => host.models().filter((model) => model.id === id))

suite('the merged list, for any hosts', () => {
  test('has each model once, in the order of first appearance, with all its hosts', () => {
    rounds((hosts) => {
      const ids = hosts.flatMap((host) => host.models().map(({ id }) => id))
      const merged = mergeModels(hosts)
      assert.deepEqual(
        merged.map(({ id }) => id),
        [...new Set(ids)],
      )
      for (const model of merged) {
        const having = hosts.filter((host) => host.models().some(({ id }) => id === model.id))
        assert.deepEqual(
          model.hosts.map((row) => row.id),
          having.map(({ id }) => id),
        )
      }
    })
  })

  test('has every field from the first host that has it, and none from nowhere', () => {
    rounds((hosts) => {
      for (const model of mergeModels(hosts)) {
        const rows = rowsOf(hosts, model.id)
        const names = new Set(rows.flatMap(({ fields }) => Object.keys(fields)))
        assert.deepEqual(new Set(Object.keys(model.fields)), names)
        for (const name of names)
          assert.equal(
            model.fields[name],
            rows.find(({ fields }) => Object.hasOwn(fields, name))!.fields[name],
          )
        for (const name of ['arch', 'maxContextWindow'] as const)
          assert.equal(model[name], rows.find((row) => row[name] !== undefined)?.[name])
      }
    })
  })

  test('has a guess of the context only where no host has a fact', () => {
    rounds((hosts) => {
      for (const { id, contextWindow, contextWindowSource } of mergeModels(hosts)) {
        const fact = rowsOf(hosts, id).find((row) => row.contextWindow !== undefined)
        const guess = guessContextWindow(id)
        const expected: [number, string] = fact
          ? [fact.contextWindow!, 'host']
          : [guess ?? DEFAULT_CONTEXT_WINDOW, guess === undefined ? 'default' : 'guess']
        assert.deepEqual([contextWindow, contextWindowSource], expected)
      }
    })
  })

  test('can what any host can, and cannot only what all cannot', () => {
    rounds((hosts) => {
      for (const { id, capabilities } of mergeModels(hosts)) {
        for (const name of CAPABILITIES) {
          const answers = rowsOf(hosts, id).map((row) => row.capabilities[name].answer)
          const expected = answers.includes('yes')
            ? 'yes'
            : answers.every((answer) => answer === 'no')
              ? 'no'
              : 'unknown'
          assert.equal(capabilities[name].answer, expected)
        }
      }
    })
  })

  test('is loaded where one host has it loaded, and goes the shortest way', () => {
    rounds((hosts) => {
      for (const { id, state, path } of mergeModels(hosts)) {
        const rows = rowsOf(hosts, id)
        assert.equal(
          state === 'loaded',
          rows.some((row) => row.state === 'loaded'),
        )
        assert.equal(path.length, Math.min(...rows.map((row) => row.path.length)))
      }
    })
  })

  test('is the same merged once more', () => {
    rounds((hosts) => {
      const once = mergeModels(hosts)
      const again = mergeModels([{ id: 'all', name: 'All', models: () => once.map(asFacts) }])
      assert.deepEqual(again.map(withoutHosts), once.map(withoutHosts))
    })
  })

  test('says the same in any order of hosts that agree', () => {
    rounds((hosts, random) => {
      const shuffled = hosts
        .map((host) => ({ host, at: random.next() }))
        .sort((a, b) => a.at - b.at)
        .map(({ host }) => host)
      const facts = (of: readonly HostWithModels[]): unknown =>
        mergeModels(of)
          .map(({ path, ...model }) => ({ ...withoutHosts(model as HouseModel), path: path.length }))
          .sort((a, b) => (a.id < b.id ? -1 : 1))
      assert.deepEqual(facts(shuffled), facts(hosts))
    }, true)
  })
})

function asFacts({ hosts: _, contextWindow, contextWindowSource, ...model }: HouseModel): ModelFacts {
  const isFact = contextWindowSource !== 'guess' && contextWindowSource !== 'default'
  return isFact ? { ...model, contextWindow, contextWindowSource } : model
}

function withoutHosts({ hosts: _, ...model }: HouseModel): Omit<HouseModel, 'hosts'> {
  return model
}
