import {readFileSync} from 'node:fs'
import {join} from 'node:path'

const read = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/tls', name), 'utf8')

/** For `localhost`, signed by an authority of our own; the one good for a hundred years, the other ended in 2021. */
export const privateCertificate = {key: read('erp.key.pem'), cert: read('erp.cert.pem'), ca: read('erp-ca.pem')}
export const expiredCertificate = {...privateCertificate, cert: read('erp-expired.cert.pem')}
