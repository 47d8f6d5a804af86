// A browser for the tests of /docs, where the machine has none and may get one.
import {spawnSync} from 'node:child_process'
import {existsSync} from 'node:fs'

const MOST_MS = 240_000

/** Installs Debian's Chromium when root. Without one those tests are skipped and say so: it is no error. */
export function getChromium({say}) {
  const isThere = existsSync(process.env.PYTAKE_TEST_CHROMIUM || '/usr/bin/chromium')
  const mayInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version')
  if (isThere || !mayInstall) return
  say('Set-up: installing chromium with apt-get, to open /docs with (four minutes at most)')
  const until = Date.now() + MOST_MS
  const apt = (...args) => {
    const env = {...process.env, DEBIAN_FRONTEND: 'noninteractive'}
    const options = [
      '-qq',
      '-o',
      'Acquire::Retries=1',
      '-o',
      'Acquire::http::Timeout=20',
      '-o',
      'DPkg::Lock::Timeout=60',
    ]
    const timeout = Math.max(1000, until - Date.now())
    return spawnSync('apt-get', [...options, ...args], {env, timeout, stdio: 'ignore'}).status === 0
  }
  if (apt('update') && apt('install', '-y', '--no-install-recommends', 'chromium')) return
  say('Set-up: chromium could not be installed; the tests that need it are skipped.')
}
