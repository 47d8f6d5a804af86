import {systemClock} from '../../src/base/clock.ts'
import {systemRandom} from '../../src/base/ids.ts'
import {type Sandbox, startSandbox} from '../../src/sandbox/sandbox.ts'
import {answerTasks} from './child.ts'
import {APP_SECRET, numberId, TOKEN, WABA} from './names.ts'

let sandbox: Sandbox | undefined

// The stand-in for Meta with its limits lifted: what is measured is the sender, not Meta's patience.
answerTasks(
  {
    async start({faults, statuses}: {faults?: string[]; statuses?: boolean}) {
      sandbox = await startSandbox({
        clock: systemClock,
        random: systemRandom,
        faults,
        autoStatuses: statuses ?? false,
        readReceipts: false,
      })
      return sandbox.cloudUrl
    },
    number: ({webhookUrl}: {webhookUrl?: string}) =>
      sandbox?.addNumber({
        phoneNumberId: numberId(0),
        wabaId: WABA,
        displayPhone: '551140000000',
        token: TOKEN,
        appSecret: APP_SECRET,
        webhookUrl: webhookUrl ?? 'http://127.0.0.1:9/',
        enforceWindow: false,
        enforcePairRate: false,
        acceptUnknown: true,
        throughputPerSecond: 1e9,
      }),
    stats: () => sandbox?.stats(),
  },
  async () => sandbox?.close(),
)
