import {X509Certificate} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {BlockList, isIP, isIPv6} from 'node:net'
import {createSecureContext} from 'node:tls'
import type {Config} from '../base/config.ts'
import {messageOf, PytakeError} from '../base/errors.ts'

/** How callers reach this server. */
export interface Transport {
  /** Files of the certificate and its key; plain HTTP without. */
  tls?: TlsFiles
  /** A proxy of ours speaks https with the world: a request that came another way is refused. */
  isHttpsRequired: boolean
}

export interface TlsFiles {
  certFile: string
  keyFile: string
}

export interface Certificate {
  cert: Buffer
  key: Buffer
}

type Settings = Pick<Config, 'environment' | 'tlsCertFile' | 'tlsKeyFile' | 'trustProxy'>

/**
 * Decides by configuration and address. Throws `BAD_REQUEST` when callers would send tokens and messages in
 * clear over a network.
 */
export function transportFor(config: Settings, host: string): Transport {
  const {tlsCertFile: certFile, tlsKeyFile: keyFile, trustProxy} = config
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const [is, lacks] = certFile === undefined ? ['KEY', 'CERT'] : ['CERT', 'KEY']
    throw new PytakeError('BAD_REQUEST', `API_TLS_${is}_FILE is set, but API_TLS_${lacks}_FILE is not.`, {
      help: 'Set both, or neither.',
    })
  }
  if (certFile !== undefined && keyFile !== undefined) return {tls: {certFile, keyFile}, isHttpsRequired: false}
  const isProduction = config.environment === 'production'
  if (!isProduction && isLoopback(host)) return {isHttpsRequired: false}
  if (trustProxy.length > 0) return {isHttpsRequired: true}
  const why = isProduction ? 'PYTAKE_ENV is production' : `${host} is not an address of this machine alone`
  throw new PytakeError(
    'BAD_REQUEST',
    `${why}, and nothing here speaks https: tokens and messages would go in clear.`,
    {
      help: 'Set API_TLS_CERT_FILE and API_TLS_KEY_FILE, or API_TRUST_PROXY to the address of your https proxy.',
    },
  )
}

/** Said to be so, or reached from elsewhere: what helps developers helps others there too. */
export const isProduction = ({environment}: Pick<Config, 'environment'>, transport?: Transport): boolean =>
  environment === 'production' || transport?.tls !== undefined || transport?.isHttpsRequired === true

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/** Only this machine reaches it. A name other than localhost may mean anything. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || (isIP(host) !== 0 && loopback.check(host, isIPv6(host) ? 'ipv6' : 'ipv4'))

/** Reads both files and sees that they belong together. Throws `INVALID_FILE` with words for the operator. */
export function readCertificate({certFile, keyFile}: TlsFiles): Certificate {
  const [cert, key] = [read(certFile), read(keyFile)]
  try {
    createSecureContext({cert, key})
  } catch (error) {
    // OpenSSL says where in its own code it was before it says what is wrong.
    const what = messageOf(error).split(':').at(-1) ?? ''
    throw new PytakeError('INVALID_FILE', `${certFile} and ${keyFile} are no certificate and its key: ${what}.`, {
      help: 'Both in PEM; the certificate first, then those of its authority.',
      cause: error,
    })
  }
  return {cert, key}
}

/** Until when callers accept it. */
export const validUntil = ({cert}: Certificate): Date => new Date(new X509Certificate(cert).validTo)

function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new PytakeError('INVALID_FILE', `${path} cannot be read: ${messageOf(error)}`, {cause: error})
  }
}
