import type {TestProject} from 'vitest/node'
import {findChromium} from './browser.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of a Chromium, or '' when there is none. */
    chromium: string
  }
}

/** Finds a browser, else says so loudly. */
export default function setup(project: TestProject): void {
  const found = findChromium()
  if (found === undefined) {
    console.error('\n!!! NO CHROMIUM: the tests of /docs are SKIPPED. Debian: apt-get install chromium\n')
  }
  project.provide('chromium', found ?? '')
}
