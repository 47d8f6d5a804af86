import type {ContactChange, Json} from './session.ts'

interface Changeable {
  name: string | null
  email: string | null
  attributes: Record<string, Json>
  tags: readonly string[]
}

/** What a contact is after a change. What the change does not name stays. */
export function changed(contact: Changeable, set: ContactChange): Changeable & {tags: string[]} {
  const tags = new Set(contact.tags)
  for (const tag of set.addTags ?? []) tags.add(tag)
  for (const tag of set.removeTags ?? []) tags.delete(tag)
  return {
    name: set.name === undefined ? contact.name : set.name,
    email: set.email === undefined ? contact.email : set.email,
    attributes: {...contact.attributes, ...set.attributes},
    tags: [...tags],
  }
}
