import type { Environment } from './read-environment.ts'

/**
 * What a model's process may see of the environment: where programs, libraries and devices are. Everything else, and
 * with it every key and password, stays with the server.
 */
const SEEN =
  /^(PATH|HOME|TMPDIR|TEMP|TMP|LANG|LC_\w+|TZ|SystemRoot|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|NODE_COMPILE_CACHE|(CUDA|NVIDIA|GGML|LLAMA|VK|HIP|HSA|ROCR|OMP|OPENBLAS|METAL)_?\w*)$/

export function engineEnvironment(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      SEEN.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  )
}
