import type {Http} from '../../src/base/http.ts'

/** The client with its policy widened to this machine, for receivers that a test runs here. */
export const reachingAll = (http: Http): Http => ({
  ...http,
  request: (request) => http.request({...request, policy: {kind: 'configured', allowPrivate: true}}),
  check: (url) => http.check(url, {kind: 'configured', allowPrivate: true}),
})
