import { z } from 'zod'

/** The request fields that say how the answer is sent. */
export const streamingSchema = z.looseObject({
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
})
