import {type Role, serve, type Server} from '../../src/server.ts'
import {answerTasks} from './child.ts'

let server: Server | undefined

answerTasks(
  {
    async start({only}: {only: Role[]}) {
      server = await serve({env: process.env, port: 0, only})
      return Number(new URL(server.url).port)
    },
  },
  async () => server?.stop(),
)
