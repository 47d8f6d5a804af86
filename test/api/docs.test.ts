import type {Page} from 'playwright-core'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import {invoke} from '../../src/operations/invoke.ts'
import {operations} from '../../src/operations/registry.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'
import {type Browsing, openBrowser} from '../support/browser.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {addCompany, shell} from '../support/signing-in.ts'
import {makePlace, type Place} from '../support/stores.ts'

describe.skipIf(!inject('chromium'))('/docs in a browser (chromium)', () => {
  let place: Place
  let server: TestServer
  let browser: Browsing
  let page: Page
  let token: string
  const asked: string[] = []
  const complaints: string[] = []

  beforeAll(async () => {
    place = await makePlace('sqlite')
    server = await startApi(place.env())
    const tenant = await addCompany(server.runtime, 'Provedora Azul')
    const caller = {...shell, tenant}
    token = (await invoke(server.runtime, createTokenOperation, {name: 'a'}, caller)).token
    browser = await openBrowser(inject('chromium'))
    page = await browser.context.newPage()
    page.on('request', (request) => asked.push(request.url()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    await page.goto(`${server.url}/docs`)
    await page.locator('main section').first().waitFor()
  })
  afterAll(async () => {
    await browser?.close()
    await server.close()
    await place.remove()
  })

  const entry = (id: string) => page.locator(`[id="${id}"]`)
  const open = async (id: string) => {
    await entry(id).locator('summary').first().click()
    return entry(id)
  }

  it('shows every operation', async () => {
    const shown = await page.evaluate<string[]>("[...document.querySelectorAll('section > details')].map(({id}) => id)")
    expect(shown.sort()).toEqual(
      Object.values(operations)
        .map(({id}) => id)
        .sort(),
    )
  })

  it('finds operations by words', async () => {
    await page.fill('#find', 'send-template')
    expect(await page.locator('section > details:visible').count()).toBe(1)
    await page.fill('#find', '')
  })

  it('makes a call and shows its answer', async () => {
    await page.fill('#token', token)
    const one = await open('tenants.show')
    await one.getByLabel('id').fill('Provedora Azul')
    await one.getByRole('button').click()
    const answer = one.locator('pre.ok')
    await answer.waitFor()
    expect(await answer.textContent()).toMatch(/^200 {2}GET \/api\/v1\/tenants\/Provedora%20Azul/)
    expect(await answer.textContent()).toContain('"name": "Provedora Azul"')
  })

  it('sends a body, and shows a refusal as one', async () => {
    const one = await open('secrets.set')
    await one.getByLabel('Body').fill('{"value": 7}')
    await one.getByLabel('name').fill('API')
    await one.getByRole('button').click()
    const answer = one.locator('pre.bad')
    await answer.waitFor()
    expect(await answer.textContent()).toContain('VALIDATION_ERROR')
  })

  it('opens at the operation that its address names', async () => {
    const other = await browser.context.newPage()
    await other.goto(`${server.url}/docs#auth.me`)
    await other.locator('[id="auth.me"][open]').waitFor()
    expect(await other.locator('section > details[open]').count()).toBe(1)
    await other.close()
  })

  it('asks nothing of any other machine, and does what its own policy forbids nowhere', () => {
    expect(asked.length).toBeGreaterThan(4)
    expect(asked.filter((url) => !url.startsWith(server.url) && !url.startsWith('data:'))).toEqual([])
    // The program itself asks its maker, page or no page; that ends at the proxy too.
    const makers = /^(CONNECT |\w+ http:\/\/)[\w.-]+\.(google|googleapis|gvt1|gstatic)\.com[:/]/
    expect(browser.left.filter((one) => !makers.test(one))).toEqual([])
    expect(complaints.filter((text) => !text.includes('422'))).toEqual([])
  })
})
