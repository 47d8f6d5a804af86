import {expect, it} from 'vitest'
import {afterStatus} from '../../src/messages/status.ts'

it.each([
  ['queued', 'sent', 'sent'],
  ['sent', 'delivered', 'delivered'],
  ['read', 'delivered', 'read'],
  ['read', 'played', 'played'],
  ['played', 'sent', 'played'],
  ['sent', 'failed', 'failed'],
  ['failed', 'delivered', 'failed'],
  ['unknown', 'delivered', 'delivered'],
  ['expired', 'sent', 'sent'],
  ['delivered', 'deleted', 'delivered'],
])('shows %s, then %s, as %s', (current, news, shown) => {
  expect(afterStatus(current, news)).toBe(shown)
})

it('lets a fact overrule a failure that was only our verdict', () => {
  expect(afterStatus('failed', 'delivered', true)).toBe('delivered')
})
