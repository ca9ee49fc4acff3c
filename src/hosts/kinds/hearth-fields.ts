import { answered, CAPABILITIES, type Answers, type Capability } from '../capabilities.ts'
import type { HouseModel } from '../house-model.ts'
import type { ToldModel } from './told-model.ts'
import { toldText, toldTexts } from './told-values.ts'

/**
 * What Hearths tell each other in a model list beside the model itself: the Hearths it lies behind, and the
 * capabilities it has and lacks. Flat, because a list of a stranger is read flat.
 */
const PATH = 'hearth_path'
const HAS = 'hearth_has'
const LACKS = 'hearth_lacks'
const EXCHANGED = [PATH, HAS, LACKS]

/** A request passes at most so many Hearths after the first. */
export const MAX_HOPS = 3

/** The fields for another Hearth that asks this one, whose instance id is `instance`. */
export function fieldsForHearth(model: HouseModel, instance: string): Record<string, unknown> {
  return {
    [PATH]: [instance, ...model.path],
    [HAS]: answered(model.capabilities, 'yes'),
    [LACKS]: answered(model.capabilities, 'no'),
  }
}

/**
 * The Hearths between this one and the model's own host, nearest first. An older Hearth tells no path.
 *
 * @param instance of the Hearth that sent the entry
 */
export function readPath(entry: Readonly<Record<string, unknown>>, instance: string): readonly string[] {
  const path = toldTexts(entry[PATH])
  return path[0] === instance ? path : [instance, ...path]
}

/**
 * Whether a model of another Hearth can be asked for: near enough for a request to arrive, and not learnt
 * from this very Hearth. Without that, two that name each other keep a vanished model alive between them.
 */
export function isReachable(path: readonly string[], ownInstance: string): boolean {
  return path.length <= MAX_HOPS && !path.includes(ownInstance)
}

export function readHearthModel(entry: Readonly<Record<string, unknown>>): ToldModel {
  const answers: Answers = {
    ...answersOf(toldTexts(entry[HAS]), 'yes'),
    ...answersOf(toldTexts(entry[LACKS]), 'no'),
  }
  return { answers, publisher: toldText(entry.publisher) }
}

function answersOf(names: readonly string[], answer: 'yes' | 'no'): Answers {
  const known = CAPABILITIES.filter((capability: Capability) => names.includes(capability))
  return Object.fromEntries(known.map((capability) => [capability, answer]))
}

/** An entry without what is only meant for Hearths, and without a guess of the other one, which is no fact. */
export function withoutExchange(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const source = fields.context_window_source
  const isGuess = source === 'guess' || source === 'default'
  const left = [...EXCHANGED, 'context_window_source', ...(isGuess ? ['context_window'] : [])]
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !left.includes(name)))
}
