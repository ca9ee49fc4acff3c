/** Microseconds on the clock that all processes of one machine share; a stamp from one can be read in another. */
export function monotonicMicros(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e6 + nanoseconds / 1e3
}
