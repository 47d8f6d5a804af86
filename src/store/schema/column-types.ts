import type {ColumnType} from 'kysely'
import type {JsonText} from '../columns.ts'

/** A JSON column: read as `T`, written through `toJson()`. */
export type JsonColumn<T> = ColumnType<T, JsonText, JsonText>
export type NullableJson<T> = ColumnType<T | null, JsonText | null | undefined, JsonText | null>
/** A time that may be left out on insert. */
export type Stamp = ColumnType<Date, Date | undefined, Date>
export type Tags = ColumnType<string[] | null, string[] | null | undefined, string[] | null>
export type Json = Record<string, unknown>
