import type {Migration} from '../../migration.ts'

/** What to do about a message that failed, beside what went wrong. */
export const nextStep: Migration = {
  name: '0007-next-step',
  statements: () => ['ALTER TABLE messages ADD COLUMN next_step TEXT'],
}
