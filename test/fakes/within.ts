/** `promise`, or a failure that names what was awaited once `limitMs` have passed: no test may hang. */
export async function within<T>(limitMs: number, what: string, promise: Promise<T>): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(new Error(`Waited ${limitMs} ms in vain for ${what}.`))
  }, limitMs)
  try {
    return await Promise.race([promise, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
