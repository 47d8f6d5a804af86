// A real OpenID Connect provider as a process of its own: node oidc-provider.mjs PORT JSON
import {Provider} from 'oidc-provider'

const [port, given] = process.argv.slice(2)
const {clientId, clientSecret, redirectUri, people} = JSON.parse(given)
const issuer = `http://127.0.0.1:${port}`

const provider = new Provider(issuer, {
  clients: [{client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri]}],
  claims: {openid: ['sub'], email: ['email', 'email_verified'], profile: ['name']},
  findAccount: (_context, id) => ({accountId: id, claims: () => ({sub: id, ...people[id]})}),
  pkce: {required: () => true},
  features: {devInteractions: {enabled: true}},
  cookies: {keys: ['for tests only']},
})
provider.listen(Number(port), '127.0.0.1', () => process.stdout.write(`${issuer}\n`))
