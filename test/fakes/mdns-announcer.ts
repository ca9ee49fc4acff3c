import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIP } from 'node:net'
import { decode, encode, type Answer } from 'dns-packet'

const PORT = 5353

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

  /** @param on the interface whose network hears it: its IPv4 address, or its name where it speaks IPv6. */
  static async start(on: string): Promise<MdnsAnnouncer> {
    const isIPv4 = isIP(on) === 4
    const socket = createSocket({ type: isIPv4 ? 'udp4' : 'udp6', reuseAddr: true, ipv6Only: !isIPv4 })
    const announcer = new MdnsAnnouncer(socket)
    socket.on('message', (packet, sender) => {
      const { questions = [] } = decode(packet)
      for (const { name, type } of questions) announcer.questions.push(`${type} ${name}`)
      const answers = questions.flatMap(({ name, type }) => announcer.#answers(name, type))
      if (answers.length > 0) socket.send(encode({ type: 'response', answers }), sender.port, sender.address)
    })
    socket.bind(PORT)
    await once(socket, 'listening')
    if (isIPv4) socket.addMembership('224.0.0.251', on)
    else socket.addMembership('ff02::fb', `::%${on}`)
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
      if (name !== target || (type !== 'A' && type !== 'AAAA')) return []
      return addresses
        .filter((address) => isIP(address) === (type === 'A' ? 4 : 6))
        .map((data) => ({ type, name, data }))
    })
  }
}
