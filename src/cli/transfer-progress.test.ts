import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TransferProgress } from './transfer-progress.ts'

const MIB = 1024 ** 2
const TIB = 1024 ** 4

test('a download shows bytes, share, rate and time left once it knows them', () => {
  let now = 0
  const progress = new TransferProgress({ monotonic: () => now })
  assert.equal(progress.line(0, 100 * MIB), '[------------]  0 %  0 B of 100.0 MiB')
  now = 2_000
  assert.equal(
    progress.line(50 * MIB, 100 * MIB),
    '[######------]  50 %  50.0 MiB of 100.0 MiB  25.0 MiB/s  2 s left',
  )
})

test('the rate is that of the last seconds, and starts anew with the download', () => {
  let now = 0
  const progress = new TransferProgress({ monotonic: () => now })
  for (const bytes of [0, 90 * MIB, 91 * MIB, 92 * MIB]) {
    progress.line(bytes, null)
    now += 6_000
  }
  assert.equal(progress.line(93 * MIB, null), '93.0 MiB  170.7 KiB/s')
  now += 6_000
  assert.equal(progress.line(10, null), '10 B')
})

test('a download that stands still has no time left to tell', () => {
  let now = 0
  const progress = new TransferProgress({ monotonic: () => now })
  progress.line(MIB, 2 * MIB)
  now += 5_000
  assert.equal(progress.line(MIB, 2 * MIB), '[######------]  50 %  1.0 MiB of 2.0 MiB  0 B/s')
})

test('the longest line fits into 80 characters', () => {
  let now = 0
  const progress = new TransferProgress({ monotonic: () => now })
  progress.line(0, 1000 * TIB)
  now = 1_000_000
  assert.ok(progress.line(999.9 * TIB, 1000 * TIB).length < 80)
})
