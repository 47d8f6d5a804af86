import type {ApiType, Channel} from './channel.ts'
import {cloud} from './cloud/channel.ts'
import {evolution} from './evolution/channel.ts'

/** Every way to reach WhatsApp, by the `api_type` of a config. */
export const channels: Record<ApiType, Channel> = {official: cloud, evolution}
