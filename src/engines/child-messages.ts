import { z } from 'zod'

/** What the parent tells the child on its command line, as JSON. */
export const childOptionsSchema = z.object({
  id: z.string(),
  path: z.string(),
  socketPath: z.string(),
  threads: z.int().positive().optional(),
  contextSize: z.int().positive().optional(),
})

export type ChildOptions = z.infer<typeof childOptionsSchema>

/** What the child tells the parent over IPC. */
export const childMessageSchema = z.discriminatedUnion('type', [
  /** The child's event loop turns; sent every PULSE_MS. */
  z.object({ type: z.literal('pulse') }),
  z.object({ type: z.literal('progress'), progress: z.number() }),
  /** The socket accepts requests. */
  z.object({ type: z.literal('ready'), contextLength: z.int() }),
  /** The model cannot be loaded; the child ends next. */
  z.object({ type: z.literal('failed'), reason: z.string() }),
  /** The child ends next because a generation did not stop when told to. */
  z.object({ type: z.literal('stuck') }),
  z.object({ type: z.literal('busy') }),
  z.object({ type: z.literal('idle') }),
  /** A request was answered to its end. */
  z.object({ type: z.literal('served') }),
])

export type ChildMessage = z.infer<typeof childMessageSchema>

export const PULSE_MS = 5000
