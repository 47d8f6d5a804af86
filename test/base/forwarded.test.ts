import type {IncomingMessage} from 'node:http'
import {expect, it} from 'vitest'
import {originOf, trustIn} from '../../src/base/forwarded.ts'

type Case = [string, string[], {remote: string; for?: string; proto?: string; tls?: boolean}, string, boolean]

const cases: Case[] = [
  ['takes the socket at its word', [], {remote: '9.9.9.9'}, '9.9.9.9', false],
  ['sees TLS', [], {remote: '9.9.9.9', tls: true}, '9.9.9.9', true],
  ['believes nobody by itself', [], {remote: '10.0.0.1', for: '1.2.3.4', proto: 'https'}, '10.0.0.1', false],
  ['believes its proxy', ['10.0.0.0/8'], {remote: '10.0.0.1', for: '1.2.3.4', proto: 'https'}, '1.2.3.4', true],
  [
    'believes it over IPv6 too',
    ['10.0.0.1'],
    {remote: '::ffff:10.0.0.1', for: '1.2.3.4', proto: 'https'},
    '1.2.3.4',
    true,
  ],
  [
    'takes the last that no proxy of ours wrote',
    ['10.0.0.0/8'],
    {remote: '10.0.0.1', for: '6.6.6.6, 1.2.3.4, 10.0.0.2'},
    '1.2.3.4',
    false,
  ],
  [
    'takes the first when all are ours',
    ['10.0.0.0/8'],
    {remote: '10.0.0.1', for: '10.0.0.3, 10.0.0.2'},
    '10.0.0.3',
    false,
  ],
  [
    'believes the proxy that is next to it',
    ['10.0.0.0/8'],
    {remote: '10.0.0.1', proto: 'https, http'},
    '10.0.0.1',
    false,
  ],
  [
    'knows that the proxy had TLS from itself',
    ['10.0.0.0/8'],
    {remote: '10.0.0.1', proto: 'http', tls: true},
    '10.0.0.1',
    false,
  ],
]

it.each(cases)('%s', (_title, networks, given, address, isHttps) => {
  const request = {
    socket: {remoteAddress: given.remote, ...(given.tls ? {encrypted: true} : {})},
    headers: {
      ...(given.for === undefined ? {} : {'x-forwarded-for': given.for}),
      ...(given.proto === undefined ? {} : {'x-forwarded-proto': given.proto}),
    },
  } as unknown as IncomingMessage
  expect(originOf(request, trustIn(networks))).toEqual({address, isHttps})
})
