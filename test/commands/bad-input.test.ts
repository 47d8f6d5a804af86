import {expect, it} from 'vitest'
import {localAndRemote} from '../support/both-ways.ts'

localAndRemote('bad input', ({pytake, file}) => {
  const add = ['whatsapp', 'add', '-t', 'Nobody else', '--name', 'n', '--api-type', 'official']
  const number = ['--phone', '+5511940000003', '--phone-number-id', '77']
  const token = () => ['--access-token-file', file('ok', 'ok')]
  const cases: [string, () => string[], number, string, RegExp][] = [
    ['a tenant without a name', () => ['tenant', 'create'], 2, 'BAD_REQUEST', /name/],
    ['a blank name', () => ['tenant', 'create', '--name', ' '], 2, 'VALIDATION_ERROR', /name: must not be blank/],
    ['a plan that is none', () => ['tenant', 'create', '--name', 'x', '--plan', 'gold'], 2, 'BAD_REQUEST', /plan/],
    [
      'a limit without a number',
      () => ['tenant', 'create', '--name', 'x', '--limit', 'users=many'],
      2,
      'BAD_REQUEST',
      /--limit users=many/,
    ],
    [
      'a limit that is none',
      () => ['tenant', 'create', '--name', 'x', '--limit', 'cats=1'],
      2,
      'VALIDATION_ERROR',
      /cats: is not known/,
    ],
    [
      'a time zone that is none',
      () => ['tenant', 'create', '--name', 'x', '--timezone', 'Mars/Base'],
      2,
      'VALIDATION_ERROR',
      /timezone/,
    ],
    [
      'a domain that is none',
      () => ['tenant', 'create', '--name', 'x', '--domain', 'no domain'],
      2,
      'VALIDATION_ERROR',
      /domain/,
    ],
    ['a name that is taken', () => ['tenant', 'create', '--name', 'Nobody else'], 6, 'CONFLICT', /Nobody else/],
    ['a flag that is none', () => ['tenant', 'list', '--colour'], 2, 'BAD_REQUEST', /--colour/],
    ['a limit out of range', () => ['tenant', 'list', '--limit', '1001'], 2, 'BAD_REQUEST', /1000|1001/],
    ['a cursor that is none', () => ['tenant', 'list', '--after', 'x'], 2, 'VALIDATION_ERROR', /after/],
    [
      'an order by what cannot be sorted by',
      () => ['tenant', 'list', '--sort', 'limits'],
      2,
      'VALIDATION_ERROR',
      /sort/,
    ],
    ['a tenant that is not there', () => ['whatsapp', 'list', '-t', 'Ghost'], 5, 'NOT_FOUND', /Ghost/],
    ['a context that is not there', () => ['tenant', 'list', '--context', 'ghost'], 5, 'NOT_FOUND', /ghost/],
    [
      'an api type that is none',
      () => ['whatsapp', 'add', '-t', 'Nobody else', '--name', 'n', '--api-type', 'smoke', ...number, ...token()],
      2,
      'BAD_REQUEST',
      /api-type/,
    ],
    [
      'a phone with letters',
      () => [...add, '--phone', '+55abc', '--phone-number-id', '1', ...token()],
      2,
      'VALIDATION_ERROR',
      /phone_number/,
    ],
    [
      'a phone without digits',
      () => [...add, '--phone', '+', '--phone-number-id', '1', ...token()],
      2,
      'VALIDATION_ERROR',
      /phone_number: it has no digits/i,
    ],
    [
      'two mistakes at once',
      () => [...add, '--phone', '123', ...token()],
      2,
      'VALIDATION_ERROR',
      /^phone_number: it is too short: 3 digits; phone_number_id: is required/,
    ],
    [
      'no phone number id',
      () => [...add, '--phone', '+5511940000003', ...token()],
      2,
      'VALIDATION_ERROR',
      /phone_number_id: is required/,
    ],
    ['no access token', () => [...add, ...number], 2, 'VALIDATION_ERROR', /access_token: is required/],
    [
      'a secret file that is not there',
      () => [...add, ...number, '--access-token-file', '/no/such/file'],
      2,
      'BAD_REQUEST',
      /no\/such\/file is not there\.$/,
    ],
    [
      'an empty secret file',
      () => [...add, ...number, '--access-token-file', file('empty', '\n')],
      2,
      'BAD_REQUEST',
      /empty/,
    ],
    [
      'an address that is none',
      () => [...add, ...number, ...token(), '--api-url', 'ftp://x'],
      2,
      'VALIDATION_ERROR',
      /api_url/,
    ],
    [
      'a rate of nothing',
      () => [...add, ...number, ...token(), '--rate-limit-per-minute', '0'],
      2,
      'BAD_REQUEST',
      /^--rate-limit-per-minute 0: write it as a whole NUMBER or as none\.$/,
    ],
    [
      'a daily limit with letters',
      () => [...add, ...number, ...token(), '--daily-limit', 'x'],
      2,
      'BAD_REQUEST',
      /^--daily-limit x: write it/,
    ],
    [
      'a permission that is none',
      () => ['token', 'create', '--name', 'x', '--scope', 'cats:pet', '-t', 'Nobody else'],
      2,
      'VALIDATION_ERROR',
      /scopes.0.*cats:pet/,
    ],
    [
      'a duration that is none',
      () => ['token', 'create', '--name', 'x', '--expires-in', '90', '-t', 'Nobody else'],
      2,
      'VALIDATION_ERROR',
      /expires_in/,
    ],
    [
      'a secret name that is none',
      () => ['secret', 'set', 'a-b', '--file', '-', '-t', 'Nobody else'],
      2,
      'VALIDATION_ERROR',
      /name/,
    ],
  ]
  it.each(cases)('refuses %s', async (...[, argv, exitCode, code, message]) => {
    const ran = await pytake([...argv(), '--json'], {stdin: 'x'})
    expect(ran).toMatchObject({exitCode, stdout: ''})
    expect(ran.error()).toMatchObject({code, request_id: expect.stringMatching(/^req_/)})
    expect(ran.error().message).toMatch(message)
    const told = await pytake(argv(), {stdin: 'x'})
    expect(told.stderr).toMatch(/^✗ /)
    expect(told.stderr).not.toMatch(/\n\s+at |E[A-Z]{4,}:/)
  })
})
