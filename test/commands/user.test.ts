import {expect, it} from 'vitest'
import {localAndRemote} from '../support/both-ways.ts'

const PASSWORD = 'correct horse battery'

localAndRemote('pytake user', ({pytake, where, file}) => {
  const email = `ana-${where}@example.com`

  it('creates, lists, shows, edits, disables and lets in again', async () => {
    const path = file('password.txt', `${PASSWORD}\n`)
    const made = await pytake(['user', 'create', '--email', email, '--name', 'Ana', '--password-file', path, '--json'])
    expect(made.exitCode, made.stderr).toBe(0)
    expect(made.json()).toMatchObject({email, name: 'Ana', role: 'user', is_active: true})
    expect(made.stdout + made.stderr).not.toContain(PASSWORD)
    const edited = await pytake(['user', 'edit', email, '--role', 'agent', '--json'])
    expect(edited.json()).toMatchObject({role: 'agent'})
    expect((await pytake(['user', 'disable', email, '--yes', '--json'])).json()).toMatchObject({is_active: false})
    expect((await pytake(['user', 'edit', email, '--enable'])).exitCode).toBe(0)
    expect((await pytake(['user', 'show', email])).stdout).toMatch(/state\tactive/)
    const list = await pytake(['user', 'list', '--role', 'agent'])
    expect(list.stdout).toContain(`\t${email}\tAna\tagent\tactive\t`)
  })

  it('invites, and makes one-time tokens', async () => {
    const invited = await pytake(['user', 'create', '--email', `b-${where}@example.com`, '--invite', '--json'])
    expect(invited.json()).toMatchObject({role: 'user', mailed: false, token: expect.stringMatching(/^pyi_/)})
    const reset = await pytake(['user', 'reset-password', email, '--json'])
    expect(reset.json()).toMatchObject({email, token: expect.stringMatching(/^pyp_/)})
  })

  it.each([
    [['user', 'create', '--email', 'ana', '--password-file', '-'], PASSWORD, 2, /email/],
    [['user', 'create', '--email', 'c@example.com', '--password-file', '-'], 'short', 2, /10 characters/],
    [['user', 'create', '--email', 'c@example.com', '--password-file', '-'], '', 2, /empty/],
    [['user', 'create', '--email', 'c@example.com'], '', 2, /--password-file/],
    [['user', 'create', '--email', 'c@example.com', '--role', 'owner', '--invite'], '', 2, /role/],
    [['user', 'show', 'ghost@example.com'], '', 5, /pytake user list/],
    [['user', 'edit', email], '', 2, /Nothing to change/],
    [['user', 'disable', email], '', 2, /--yes/],
  ])('%j says what is wrong', async (argv, stdin, exitCode, words) => {
    const ran = await pytake(argv, {stdin})
    expect(ran.exitCode, ran.stderr).toBe(exitCode)
    expect(ran.stderr).toMatch(words)
  })
})
