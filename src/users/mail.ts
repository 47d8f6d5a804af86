import type {Config} from '../base/config.ts'

export interface Mail {
  to: string
  subject: string
  text: string
}

const TIMEOUT_MS = 10_000

/** Sends through the mail server of the configuration; without one nothing is sent and false is answered. */
export async function sendMail(
  {smtpUrl, smtpFrom}: Pick<Config, 'smtpUrl' | 'smtpFrom'>,
  mail: Mail,
): Promise<boolean> {
  if (smtpUrl === undefined) return false
  const {createTransport} = await import('nodemailer')
  const {protocol, hostname, port, username, password} = new URL(smtpUrl)
  const secure = protocol === 'smtps:'
  const transport = createTransport({
    host: hostname,
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    ...(username === ''
      ? {}
      : {auth: {user: decodeURIComponent(username), pass: decodeURIComponent(password)}, requireTLS: !secure}),
    connectionTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    await transport.sendMail({from: smtpFrom, ...mail})
    return true
  } finally {
    transport.close()
  }
}
