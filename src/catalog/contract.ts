import { z } from 'zod'
import { defineRoutes } from '#base/route-contract'

const sha256Schema = z.string().regex(/^[\dA-Fa-f]{64}$/, 'A SHA-256 has 64 hex digits.')

export const modelFileSchema = z.object({
  id: z.string().describe('What requests call the model: its file name without .gguf.'),
  file: z.string().describe('The file name.'),
  path: z.string().describe('Where the file lies on this machine.'),
  size_bytes: z.int(),
  modified_at: z.int().describe('Milliseconds since 1970, UTC.'),
  managed: z.boolean().describe('Whether it lies in the models folder, where Hearth may delete it.'),
  source: z.string().nullable().describe('Where it was pulled from; null where somebody put it there.'),
  sha256: z.string().nullable().describe('Known for what was pulled.'),
  architecture: z.string().nullable().describe('As llama.cpp names it: llama, qwen3, bert.'),
  name: z.string().nullable().describe('What its maker calls it.'),
  context_length: z.int().nullable().describe('Longest context it was trained for, in tokens.'),
  quantization: z.string().nullable().describe('Such as Q4_K_M.'),
  parameter_count: z.int().nullable(),
  embedding: z.boolean().describe('Whether it makes embeddings rather than text.'),
  has_chat_template: z.boolean(),
  problem: z
    .object({ code: z.string(), message: z.string() })
    .nullable()
    .describe('Why the file cannot be used; the facts above are null then.'),
})
export type ModelFile = z.infer<typeof modelFileSchema>

export const pullRequestSchema = z.strictObject({
  source: z
    .string()
    .min(1)
    .max(2000)
    .describe('hf:org/repo/file.gguf, or the http:// or https:// address of a GGUF file.'),
  sha256: sha256Schema
    .optional()
    .describe('What the file must be; a server that knows it is believed otherwise.'),
  name: z
    .string()
    .regex(/^[\dA-Za-z][\w.+-]{0,99}$/, 'A name has letters, digits, dots, dashes, pluses or underscores.')
    .optional()
    .describe('What to call the model; the file name of the source where it is absent.'),
})
export type PullRequest = z.infer<typeof pullRequestSchema>

export const pullJobSchema = z.object({
  id: z.string(),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']),
  source: z.string(),
  model: z.string().describe('The id the model has, or will have.'),
  done_bytes: z.int(),
  total_bytes: z.int().nullable().describe('Null while the server has not said.'),
  attempt: z.int().describe('A pull goes on where the attempt before it ended.'),
  next_attempt_at: z.int().nullable().describe('When a pull that failed for now is tried again.'),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  correlation_id: z.string(),
  created_at: z.int(),
  finished_at: z.int().nullable(),
})
export type PullJob = z.infer<typeof pullJobSchema>

export const deletedModelSchema = z.object({
  id: z.string(),
  freed_bytes: z.int().describe('0 where another model has the same content.'),
})
export type DeletedModel = z.infer<typeof deletedModelSchema>

const oneModel = z.object({ model: z.string().min(1).max(300) })

export const catalogRoutes = defineRoutes({
  listFiles: {
    method: 'GET',
    path: '/api/models/files',
    scope: 'view',
    tag: 'Model files',
    summary: 'The GGUF files of this machine, and why one cannot be used.',
    errors: 'api',
    answers: { 200: { description: 'The files.', schema: z.object({ items: z.array(modelFileSchema) }) } },
  },
  showFile: {
    method: 'GET',
    path: '/api/models/files/:model',
    scope: 'view',
    tag: 'Model files',
    summary: 'One model file.',
    errors: 'api',
    params: oneModel,
    answers: { 200: { description: 'The file.', schema: modelFileSchema } },
  },
  deleteFile: {
    method: 'DELETE',
    path: '/api/models/files/:model',
    scope: 'admin',
    tag: 'Model files',
    summary: 'Deletes a model of the models folder. A file that lies elsewhere is left alone.',
    errors: 'api',
    params: oneModel,
    answers: { 200: { description: 'It is gone.', schema: deletedModelSchema } },
  },
  pull: {
    method: 'POST',
    path: '/api/models/pull',
    scope: 'admin',
    tag: 'Model files',
    summary: 'Downloads a model: resumed after an interruption, verified before it is offered.',
    errors: 'api',
    body: pullRequestSchema,
    answers: { 202: { description: 'The download is queued.', schema: pullJobSchema } },
  },
  listPulls: {
    method: 'GET',
    path: '/api/models/pulls',
    scope: 'view',
    tag: 'Model files',
    summary: 'Downloads, the newest first.',
    errors: 'api',
    query: z.object({
      limit: z.coerce.number().int().min(1).max(500).default(100),
      before: z.string().max(100).optional().describe('The id of the last one of the page before.'),
    }),
    answers: { 200: { description: 'The downloads.', schema: z.object({ items: z.array(pullJobSchema) }) } },
  },
  cancelPull: {
    method: 'POST',
    path: '/api/models/pulls/:id/cancel',
    scope: 'admin',
    tag: 'Model files',
    summary: 'Ends a download and throws away what has arrived.',
    errors: 'api',
    params: z.object({ id: z.string().min(1).max(100) }),
    answers: { 200: { description: 'The download as it is now.', schema: pullJobSchema } },
  },
})
