import {expect, it} from 'vitest'
import {localAndRemote} from '../support/both-ways.ts'

localAndRemote('pytake contact', ({pytake, where}) => {
  const phone = where === 'local' ? '+5511987650001' : '+5511987650002'

  it('adds, shows, edits and lists', async () => {
    const added = await pytake(['contact', 'add', phone, '--name', 'Maria', '--attribute', 'age=41', '--json'])
    expect(added.exitCode, added.stderr).toBe(0)
    expect(added.json()).toMatchObject({phone, name: 'Maria', attributes: {age: 41}, opted_in: true})
    const edited = await pytake([
      'contact',
      'edit',
      phone,
      '--tag',
      where,
      '--no-opt-in',
      '--attribute',
      'age=',
      '--json',
    ])
    expect(edited.json()).toMatchObject({tags: [where], opted_in: false, attributes: {}})
    expect((await pytake(['contact', 'show', phone])).stdout).toMatch(/marketing\topted out/)
    const list = await pytake(['contact', 'list', '--tag', where])
    expect(list.stdout).toContain(`\tMaria\t${phone}\t`)
  })

  it('leaves a trail that pytake audit shows', async () => {
    const ran = await pytake(['audit', '--action', 'contacts.edit', '--json'])
    expect(ran.exitCode, ran.stderr).toBe(0)
    const principal = where === 'local' ? 'cli:tester' : expect.stringMatching(/^token:/)
    expect(ran.json().data[0]).toMatchObject({action: 'contacts.edit', principal})
    expect((await pytake(['audit', '--limit', '3'])).stdout.trim().split('\n').length).toBe(3)
  })

  it.each([
    [['contact', 'add', '123'], 2, /phone/],
    [['contact', 'add', phone], 6, /already/],
    [['contact', 'edit', phone], 2, /Nothing to change/],
    [['contact', 'edit', phone, '--attribute', 'age'], 2, /NAME=VALUE/],
    [['contact', 'show', 'ghost'], 5, /pytake contact list/],
    [['audit', '--since', 'yesterday'], 2, /since/],
    [['audit', '--after', 'x'], 2, /after/],
  ])('%j says what is wrong', async (argv, exitCode, words) => {
    const ran = await pytake(argv)
    expect(ran.exitCode, ran.stderr).toBe(exitCode)
    expect(ran.stderr).toMatch(words)
  })
})
