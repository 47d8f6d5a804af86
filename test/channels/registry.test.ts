import {describe, expect, it} from 'vitest'
import {channels} from '../../src/channels/registry.ts'

describe('registry of channels', () => {
  it.each(Object.entries(channels))('%s is filed under its own type and sends what it claims', (type, channel) => {
    expect(channel.type).toBe(type)
    expect(channel.capabilities.kinds.includes('template')).toBe(channel.capabilities.templates)
    expect(channel.capabilities.pair.capacity).toBeGreaterThan(0)
  })
})
