import { z } from 'zod'
import { parseAddressRange } from '#base/address-range'
import { listenAddress } from './listen-address.ts'

const milliseconds = (fallback: number, what: string) =>
  z.int().min(1).max(86_400_000).default(fallback).describe(`${what} Milliseconds.`)

const listener = z.strictObject({
  address: listenAddress.describe('HOST:PORT. Port 0 takes any free port.'),
  kind: z.enum(['http']).default('http').describe('What is spoken there.'),
  base_path: z
    .string()
    .regex(/^(\/[\w.~-]+)*$/, 'expected a path such as /hearth, without a trailing slash')
    .default('')
    .describe('A path prefix that is taken off before routing, for a proxy that does not.'),
})

const hostUrl = z
  .string()
  .refine(isHttpUrl, 'expected an address such as http://192.168.1.20:1234, without user name or query')
  .describe('Base address of a model server, with or without a trailing /v1.')

/** Names as in the truth table of the hosts. */
const declaredModel = z.strictObject({
  chat: z.boolean().optional(),
  completions: z.boolean().optional(),
  embeddings: z.boolean().optional(),
  tools: z.boolean().optional(),
  tool_choice: z.boolean().optional(),
  logprobs: z.boolean().optional(),
  vision: z.boolean().optional(),
  json_schema: z.boolean().optional(),
  context_window: z.int().min(1).optional(),
})
const proxyRange = z
  .string()
  .refine(
    (text) => (parseAddressRange(text)?.prefix ?? 0) > 0,
    'expected the address of a proxy such as 127.0.0.1, or a range such as 172.30.0.0/24',
  )

const host = z.strictObject({
  url: hostUrl,
  name: z.string().min(1).max(64).optional().describe('What people call it; its address when absent.'),
  key: z.string().min(1).optional().describe('Its API key. Prefer key_file or key_env.'),
  key_env: z.string().min(1).optional().describe('Environment variable that holds its API key.'),
  key_file: z.string().min(1).optional().describe('File that holds its API key.'),
  slots: z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe('How many requests it is given at once; as many as it says when absent, else 64.'),
  capabilities: z
    .record(z.string().min(1), declaredModel)
    .optional()
    .describe('What its models can do where it does not say so itself, by model or `*` for all.'),
})

/** Everything an owner can set, with the defaults. The comments become docs/config.md. */
export const configSchema = z.strictObject({
  data: z.string().min(1).describe('Folder of everything Hearth keeps. One running Hearth a folder.'),
  database_url: z
    .string()
    .refine(
      isPostgresUrl,
      'expected an address such as postgres://USER:PASSWORD@HOST:5432/DATABASE, special characters percent-encoded (@ as %40, / as %2F)',
    )
    .optional()
    .describe(
      'PostgreSQL database for keys, jobs and the like, instead of SQLite in the data folder. Prints as `***`.',
    ),
  listeners: z
    .array(listener)
    .min(1)
    .default([{ address: '127.0.0.1:8000', kind: 'http', base_path: '' }])
    .describe('Where Hearth answers.'),
  keys: z
    .enum(['on', 'off'])
    .default('on')
    .describe('Whether callers need a key. `off` is possible on loopback addresses only.'),
  allowed_hosts: z
    .array(z.string().min(1))
    .default([])
    .describe('Further names under which Hearth may be called (the `Host` header), such as hearth.lan.'),
  allow_public_peers: z
    .boolean()
    .default(false)
    .describe(
      'Whether callers with an address outside the home are answered. Otherwise their connections are closed unread.',
    ),
  trusted_proxies: z
    .array(proxyRange)
    .default([])
    .describe(
      'Addresses or CIDR ranges of proxies in front of Hearth, whose X-Forwarded-For, -Proto and -Host headers are believed.',
    ),
  hosts: z.array(host).default([]).describe('Model servers, most preferred first.'),
  lm_hosts: z
    .array(hostUrl, { error: 'expected a list of addresses, such as ["http://192.168.1.20:1234"]' })
    .max(100)
    .optional()
    .describe(
      'Addresses of the model servers alone. Where it wins over `hosts`, keys and names still come from there.',
    ),
  embedding_base_path: hostUrl
    .nullable()
    .default(null)
    .describe(
      'Base address of the server that answers `/v1/embeddings` before all others. Where it is not one of the model servers, it answers nothing else.',
    ),
  temperature: z
    .number()
    .min(0)
    .max(2)
    .nullable()
    .default(0.7)
    .describe('Sampling temperature of requests that name none; null leaves it to the host.'),
  top_p: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(0.9)
    .describe('Nucleus sampling of requests that name none; null leaves it to the host.'),
  aliases: z
    .record(z.string().min(1).max(256), z.string().min(1).max(256))
    .default({})
    .describe(
      'Further names of models, such as `{"house": "qwen3-8b"}`. An alias wins over a model of its name.',
    ),
  auto_discovery: z
    .boolean()
    .default(false)
    .describe('Look for model servers on the home network too, whatever `discovery` says.'),
  lock_hosts: z
    .boolean()
    .default(false)
    .describe('The model servers stay as they are: no live change, and none that were only found.'),
  lock_LMSTUDIO_BASE_PATH: z.boolean().default(false).describe('`lm_hosts` cannot be changed live.'),
  lock_EMBEDDING_BASE_PATH: z
    .boolean()
    .default(false)
    .describe('`embedding_base_path` cannot be changed live.'),
  models: z.array(z.string().min(1)).default([]).describe('GGUF files for the embedded engine.'),
  selftest: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe('The self-test model: offered until a real model was seen, always, or never.'),
  discovery: z
    .enum(['off', 'loopback', 'lan'])
    .default('loopback')
    .describe(
      'Where Hearth looks for model servers by itself: nowhere, on this machine, or on the private networks it is on, too. On a network where not everybody is trusted, `lan` would hand prompts to whoever answers like a model server.',
    ),
  body_limit_bytes: z
    .int()
    .min(1024)
    .max(1_073_741_824)
    .default(33_554_432)
    .describe('Largest request body, counted after decompression.'),
  shutdown_grace_ms: milliseconds(30_000, 'How long streams may finish after a stop was asked for.'),
  log_level: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('What is logged: `info` has one line a request.'),
  relay: z
    .strictObject({
      first_byte_timeout_ms: milliseconds(600_000, 'How long a host may take to begin its answer.'),
      idle_timeout_ms: milliseconds(300_000, 'How long a stream may stay silent once begun.'),
      keepalive_ms: milliseconds(10_000, 'How often a waiting stream gets a keep-alive comment.'),
    })
    .prefault({}),
  embedded: z
    .strictObject({
      context_size: z
        .int()
        .min(256)
        .max(1_048_576)
        .default(8192)
        .describe('Longest context given to a model, in tokens.'),
      threads: z
        .int()
        .min(1)
        .max(256)
        .optional()
        .describe('CPU threads for a model; the engine decides when absent.'),
      idle_unload_ms: milliseconds(1_800_000, 'A model unused for this long is unloaded.'),
    })
    .prefault({}),
  egress: z
    .strictObject({
      allow: z
        .array(z.string().min(1))
        .default([])
        .describe('Names, addresses or CIDR ranges outside the home that Hearth may call.'),
    })
    .prefault({}),
})

export type Config = z.infer<typeof configSchema>
export type HostConfig = Config['hosts'][number]

function isPostgresUrl(text: string): boolean {
  // An `@` behind the host is the rest of a password with a bare slash, which would be taken for a path.
  return /^postgres(ql)?:\/\/[^/?#]*([/?#][^@]*)?$/.test(text) && URL.canParse(text)
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return (
    /^https?:$/.test(url.protocol) &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === ''
  )
}
