import { createSocket, type Socket } from 'node:dgram'
import { encode, type Question } from 'dns-packet'
import { describe } from '#base/errors'
import { sleep, type Clock } from '#base/time'
import { isHomeAddress } from '#platform/fetch/index'
import type { Log } from '#platform/log/index'
import type { Candidate } from './candidate.ts'
import { MDNS_SERVICES } from './known-ports.ts'
import { MdnsAnswers } from './mdns-answers.ts'
import type { OwnNetwork } from './own-networks.ts'

const PORT = 5353
const GROUPS = { IPv4: '224.0.0.251', IPv6: 'ff02::fb' }
/** Multicast DNS does not leave the network; 255 proves to the answerer that it did not come from outside. */
const HOPS = 255
const PACKETS_READ = 500
const QUESTIONS_AT_ONCE = 20

export interface BrowseOptions {
  readonly networks: readonly OwnNetwork[]
  readonly own: ReadonlySet<string>
  readonly clock: Clock
  readonly log: Log
  readonly listenMs: number
  readonly signal: AbortSignal
}

/**
 * Asks the networks who publishes a model server, in the one-shot way of RFC 6762 §5.1: from a port of our own, so
 * that only answers to these questions arrive and no other mDNS software of the machine is disturbed. Asks again
 * for what the answers left open. @throws the signal's reason.
 */
export async function browseMdns(options: BrowseOptions): Promise<Candidate[]> {
  const { networks, own, clock, listenMs, signal } = options
  const answers = new MdnsAnswers()
  const asking = (
    await Promise.all(onePerInterface(networks).map((network) => open(network, answers, options)))
  ).filter((socket) => socket !== undefined)
  try {
    const first = MDNS_SERVICES.map((name): Question => ({ name, type: 'PTR' }))
    for (const questions of [() => first, () => answers.missing(), () => answers.missing()]) {
      const open = questions().slice(0, QUESTIONS_AT_ONCE)
      if (open.length > 0) for (const { ask } of asking) ask(open)
      await sleep(clock, listenMs / 3, signal)
    }
  } finally {
    for (const { socket } of asking) socket.close()
  }
  return answers.candidates(networks, own)
}

interface Asking {
  readonly socket: Socket
  ask(questions: Question[]): void
}

/** An interface may have several addresses of a family; it needs to be asked once. */
function onePerInterface(networks: readonly OwnNetwork[]): OwnNetwork[] {
  return [...new Map(networks.map((network) => [`${network.name} ${network.family}`, network])).values()]
}

/** Undefined where the interface cannot be asked: the others still can. */
function open(
  network: OwnNetwork,
  answers: MdnsAnswers,
  { networks, log }: BrowseOptions,
): Promise<Asking | undefined> {
  const { name, address, family } = network
  const socket = createSocket({ type: family === 'IPv4' ? 'udp4' : 'udp6' })
  let read = 0
  socket.on('message', (packet, sender) => {
    // An answer comes from the mDNS port of somebody on this very network (RFC 6762 §11).
    if (sender.port !== PORT || !isNeighbour(sender.address, networks) || read >= PACKETS_READ) return
    read++
    answers.add(packet)
  })
  const group = family === 'IPv4' ? GROUPS.IPv4 : `${GROUPS.IPv6}%${name}`
  return new Promise((resolve) => {
    const unusable = (error: unknown): void => {
      log.debug({ interface: name, reason: describe(error) }, 'mDNS cannot be asked')
      socket.close()
      resolve(undefined)
    }
    socket.once('error', unusable)
    socket.bind({ port: 0, address: family === 'IPv4' ? address : '::' }, () => {
      socket.off('error', unusable)
      // What fails from now on (an interface that goes away) is a question without an answer.
      socket.on('error', () => undefined)
      try {
        socket.setMulticastInterface(family === 'IPv4' ? address : `::%${name}`)
        socket.setMulticastTTL(HOPS)
      } catch (error) {
        unusable(error)
        return
      }
      resolve({
        socket,
        ask: (questions) => {
          socket.send(encode({ type: 'query', id: 0, questions }), PORT, group, () => undefined)
        },
      })
    })
  })
}

function isNeighbour(address: string, networks: readonly OwnNetwork[]): boolean {
  const plain = address.split('%', 1)[0]!
  const isLinkLocal = plain.toLowerCase().startsWith('fe80:') && isHomeAddress(plain)
  return isLinkLocal || networks.some((network) => network.contains(plain))
}
