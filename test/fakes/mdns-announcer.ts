import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { decode, encode, type Answer } from 'dns-packet'

const PORT = 5353
const GROUP = '224.0.0.251'

/** What a machine publishes: exactly the records given, whether they make sense or not. */
export interface Announcement {
  /** `_ollama._tcp.local` */
  readonly service: string
  readonly instance: string
  readonly target: string
  readonly port: number
  readonly addresses: readonly string[]
}

/**
 * Answers mDNS questions on a real network as a responder does, one record type at a time: who asks for services
 * only learns their names and must ask again for the rest.
 */
export class MdnsAnnouncer {
  readonly questions: string[] = []
  readonly #socket: Socket
  readonly #announcements: Announcement[] = []

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  /** @param address of the interface whose network hears it. */
  static async start(address: string): Promise<MdnsAnnouncer> {
    const socket = createSocket({ type: 'udp4', reuseAddr: true })
    const announcer = new MdnsAnnouncer(socket)
    socket.on('message', (packet, sender) => {
      const { questions = [] } = decode(packet)
      for (const { name, type } of questions) announcer.questions.push(`${type} ${name}`)
      const answers = questions.flatMap(({ name, type }) => announcer.#answers(name, type))
      if (answers.length > 0) socket.send(encode({ type: 'response', answers }), sender.port, sender.address)
    })
    socket.bind(PORT, '0.0.0.0')
    await once(socket, 'listening')
    socket.addMembership(GROUP, address)
    return announcer
  }

  announce(announcement: Announcement): void {
    this.#announcements.push(announcement)
  }

  close(): void {
    this.#socket.close()
  }

  #answers(name: string, type: string): Answer[] {
    return this.#announcements.flatMap(({ service, instance, target, port, addresses }): Answer[] => {
      if (type === 'PTR' && name === service) return [{ type: 'PTR', name, data: `${instance}.${service}` }]
      if (type === 'SRV' && name.toLowerCase() === `${instance}.${service}`.toLowerCase())
        return [{ type: 'SRV', name, data: { target, port } }]
      if (type === 'A' && name === target) return addresses.map((data) => ({ type: 'A', name, data }))
      return []
    })
  }
}
