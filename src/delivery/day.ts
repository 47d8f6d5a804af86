import {DateTime} from 'luxon'

/** The tenant's calendar day, `YYYY-MM-DD`: daily limits count by it. */
export const dayOf = (now: number, zone: string): string => at(now, zone).toISODate() ?? ''

/** When that day ends, ms. */
export const dayEnds = (now: number, zone: string): number => at(now, zone).endOf('day').toMillis() + 1

/** When the tenant's calendar month ends, ms. */
export const monthEnds = (now: number, zone: string): number => at(now, zone).endOf('month').toMillis() + 1

/** An unknown zone in the settings must not stop delivery. */
function at(now: number, zone: string): DateTime {
  const moment = DateTime.fromMillis(now, {zone})
  return moment.isValid ? moment : DateTime.fromMillis(now, {zone: 'America/Sao_Paulo'})
}
