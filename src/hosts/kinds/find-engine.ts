import type { IncomingHttpHeaders } from 'node:http'
import type { Asker } from './asker.ts'
import type { TellingEngine } from './engine.ts'
import type { EngineMemory } from './engine-memory.ts'
import type { ListedModels } from './listed-models.ts'
import { readLlamaCpp } from './llama-cpp.ts'
import { readLmStudio } from './lm-studio.ts'
import { readOllama } from './ollama.ts'
import type { ToldByEngine } from './told-model.ts'
import { readVllm } from './vllm.ts'

type Reader = (ask: Asker, listed: ListedModels, memory: EngineMemory) => Promise<ToldByEngine | undefined>

const READERS: Readonly<Record<TellingEngine, Reader>> = {
  'lm-studio': (ask) => readLmStudio(ask),
  ollama: (ask, _listed, memory) => readOllama(ask, memory),
  'llama.cpp': (ask, listed) => readLlamaCpp(ask, listed),
  vllm: (ask, listed) => readVllm(ask, listed),
}

/** What each server says its models are owned by. */
const OWNERS: Readonly<Record<string, TellingEngine>> = {
  organization_owner: 'lm-studio',
  library: 'ollama',
  llamacpp: 'llama.cpp',
  vllm: 'vllm',
}

/** Which engine a model list looks like: a reason to ask it first, no proof. */
export function engineHint(headers: IncomingHttpHeaders, listed: ListedModels): TellingEngine | undefined {
  if (headers.server === 'llama.cpp') return 'llama.cpp'
  const [first] = listed.values()
  const owner = first?.owned_by
  return typeof owner === 'string' && Object.hasOwn(OWNERS, owner) ? OWNERS[owner] : undefined
}

export interface FoundEngine {
  readonly engine: TellingEngine
  readonly told: ToldByEngine
}

/**
 * What the host's own API tells. The engine found before is asked alone; a host that was looked at in vain
 * is left in peace until its model list looks different or it was away.
 */
export async function findEngine(
  ask: Asker,
  listed: ListedModels,
  hint: TellingEngine | undefined,
  memory: EngineMemory,
): Promise<FoundEngine | undefined> {
  if (memory.engine === 'hearth' || memory.hint !== hint) memory.forgetEngine()
  const known = memory.engine
  if (known === 'other') return undefined
  for (const engine of known === undefined ? inOrder(hint) : [known as TellingEngine]) {
    const told = await READERS[engine](ask, listed, memory)
    // One that is too busy to tell is still what it was, and can what it could.
    if (told === undefined && ask.isOver && memory.lastTold !== undefined)
      return { engine, told: memory.lastTold }
    if (told === undefined) continue
    memory.found(engine, hint, told)
    return { engine, told }
  }
  memory.forgetEngine()
  // What was known and failed is looked for again; what never was is not.
  if (known === undefined && !ask.isOver) memory.foundNone(hint)
  return undefined
}

function inOrder(hint: TellingEngine | undefined): TellingEngine[] {
  const engines = Object.keys(READERS) as TellingEngine[]
  return hint === undefined ? engines : [hint, ...engines.filter((engine) => engine !== hint)]
}
