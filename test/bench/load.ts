import {answerTasks} from './child.ts'
import {createLoad, type Load, type LoadPlan} from './generator.ts'
import {signedRequests, type Traffic} from './traffic.ts'

let requests: Buffer[] = []
let load: Load | undefined

answerTasks({
  /** Signs distinct webhooks in advance, so that doing so costs nothing while the clock runs. */
  prepare(traffic: Traffic) {
    requests = signedRequests(traffic)
  },
  /** Sends these as they are, instead of webhooks. */
  use(texts: string[]) {
    requests = texts.map((text) => Buffer.from(text))
  },
  async run(plan: LoadPlan) {
    load = createLoad(requests, plan)
    return load.run()
  },
})
