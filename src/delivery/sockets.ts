/** Most sockets of one lane: at most this many messages are in doubt after a kill. */
export const SOCKETS = 32
