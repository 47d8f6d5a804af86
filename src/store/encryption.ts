import {createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, scryptSync} from 'node:crypto'
import {closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {PytakeError} from '../base/errors.ts'

const IV_BYTES = 12
const TAG_BYTES = 16
const CHECK_TEXT = 'pytake'

/** Encrypts columns: AES-256-GCM, bound to the place the value is stored in, so a value copied elsewhere does not open. */
export interface Vault {
  seal(text: string, place: Place): string
  /** Throws `INTERNAL` when the key or the place is another one. */
  open(sealed: string, place: Place): string
  /** 64 hex digits that are equal for equal texts, and tell nothing about them without the key. */
  fingerprint(text: string): string
  /** A value only this key can open; kept in the control database to tell a wrong key at start. */
  readonly keyId: string
}

export interface Place {
  tenant: string
  table: string
  column: string
  row: string
}

export function createVault(key: Buffer): Vault {
  const keyId = createHash('sha256').update('key-id').update(key).digest('hex').slice(0, 8)
  return {
    keyId,
    fingerprint: (text) => createHmac('sha256', key).update('fingerprint').update(text).digest('hex'),
    seal(text, place) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, iv)
      cipher.setAAD(associated(place))
      const body = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `v1:${keyId}:${body.toString('base64')}`
    },
    open(sealed, place) {
      const [version, id, body] = sealed.split(':')
      if (version !== 'v1' || body === undefined) throw broken('it is not in a form this program knows')
      if (id !== keyId) throw wrongKey()
      const bytes = Buffer.from(body, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES))
      decipher.setAAD(associated(place))
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
      try {
        return decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
      } catch {
        throw broken('it was altered or belongs to another row')
      }
    },
  }
}

const associated = ({tenant, table, column, row}: Place) => Buffer.from([tenant, table, column, row].join('\u001f'))

const broken = (why: string) => new PytakeError('INTERNAL', `A stored secret cannot be opened: ${why}.`)

export const wrongKey = () =>
  new PytakeError('INTERNAL', 'The encryption key is not the one this data was written with.', {
    help: 'Set ENCRYPTION_KEY to the old key, or restore the file encryption.key of the data folder.',
  })

/** Reads `ENCRYPTION_KEY`: 64 hex digits, 44 characters of base64, or any text of 16 characters or more (stretched). */
export function parseKey(text: string): Buffer {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (/^[A-Za-z0-9+/]{43}=$/.test(text)) return Buffer.from(text, 'base64')
  if (text.length < 16) {
    throw new PytakeError(
      'INTERNAL',
      'ENCRYPTION_KEY is too short: give 64 hex digits, or a text of 16 characters or more.',
    )
  }
  return scryptSync(text, 'pytake', 32)
}

/** The key of a data folder: made on first use, readable by its owner only. */
export function keyOfFolder(folder: string): Buffer {
  mkdirSync(folder, {recursive: true, mode: 0o700})
  const path = join(folder, 'encryption.key')
  if (existsSync(path)) return parseKey(readFileSync(path, 'utf8').trim())
  const key = randomBytes(32)
  try {
    const file = openSync(path, 'wx', 0o600)
    writeSync(file, `${key.toString('hex')}\n`)
    fsyncSync(file)
    closeSync(file)
  } catch (error) {
    // Another process made it first.
    if (existsSync(path)) return parseKey(readFileSync(path, 'utf8').trim())
    throw error
  }
  return key
}

/** What `meta.key_check` holds: opens with the right key only. */
export const sealCheck = (vault: Vault) => vault.seal(CHECK_TEXT, checkPlace)

export function assertKey(vault: Vault, sealed: string): void {
  try {
    if (vault.open(sealed, checkPlace) === CHECK_TEXT) return
  } catch {
    // Told below in one sentence.
  }
  throw wrongKey()
}

const checkPlace: Place = {tenant: '', table: 'meta', column: 'value', row: 'key_check'}
