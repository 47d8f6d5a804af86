import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {existsSync} from 'node:fs'
import {type BrowserContext, chromium} from 'playwright-core'

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const usualPlaces = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Path of a Chromium on this machine: the one named by `PYTAKE_TEST_CHROMIUM`, else a usual one; undefined when there is none. */
export function findChromium(): string | undefined {
  const given = process.env.PYTAKE_TEST_CHROMIUM
  return (given ? [given] : usualPlaces).find((path) => existsSync(path))
}

export interface Browsing {
  context: BrowserContext
  /** What it asked of any machine but this one. Nothing of that is let through. */
  left: string[]
  close(): Promise<void>
}

/** A browser with a new profile. What it wants from elsewhere ends at a proxy that writes it down, and leaves the machine never. */
export async function openBrowser(executablePath: string): Promise<Browsing> {
  const left: string[] = []
  const proxy = createServer((request, response) => {
    left.push(`${request.method} ${request.url}`)
    response.writeHead(403).end()
  })
  proxy.on('connect', (request, socket) => {
    left.push(`CONNECT ${request.url}`)
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const {port} = proxy.address() as AddressInfo
  // An empty name is a temporary profile, gone when the browser is.
  const context = await chromium.launchPersistentContext('', {
    executablePath,
    args: [...flags, `--proxy-server=http://127.0.0.1:${port}`],
  })
  return {
    context,
    left,
    async close() {
      await context.close()
      proxy.closeAllConnections()
      proxy.close()
    },
  }
}
