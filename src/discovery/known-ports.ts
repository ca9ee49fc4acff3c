/** Where a model server listens unless its owner said otherwise. */
export interface KnownPort {
  readonly port: number
  readonly engine: string
  /** Whether it is looked for on other machines, too: not where the server listens on loopback by default. */
  readonly onLan: boolean
}

export const KNOWN_PORTS: readonly KnownPort[] = [
  { port: 11434, engine: 'Ollama', onLan: true },
  { port: 1234, engine: 'LM Studio', onLan: true },
  { port: 8080, engine: 'llama.cpp server', onLan: true },
  { port: 8000, engine: 'vLLM', onLan: true },
  { port: 1337, engine: 'Jan', onLan: false },
  { port: 5001, engine: 'KoboldCpp', onLan: false },
  { port: 30000, engine: 'SGLang', onLan: false },
]

/**
 * The DNS-SD services asked for. No model server announces itself out of the box; these are the names under
 * which owners publish one (an Avahi service file) and which the wish lists of the servers agree on. `_http._tcp`
 * is left out: it would bring every printer, camera and router.
 */
export const MDNS_SERVICES: readonly string[] = [
  '_ollama._tcp.local',
  '_lmstudio._tcp.local',
  '_openai._tcp.local',
  '_llm._tcp.local',
]
