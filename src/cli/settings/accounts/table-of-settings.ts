import { InvalidValue } from '../../../settings/invalid-value.js'
import type { Kind, Place } from '../../../settings/kind.js'
import { nearestName } from '../../../settings/nearest-name.js'
import type { Setting } from '../../../settings/section.js'

export type FieldsOf<T> = { readonly [K in keyof Required<T>]: Setting<NonNullable<T[K]>> }

/** A table of the file with settings of its own, where all have their names. `checked` says what of it can't be, or goes together. */
export function tableOfSettings<T extends object>(
  fields: FieldsOf<T>,
  { what, label, checked }: Pick<Kind<T>, 'what' | 'label'> & { checked(read: Partial<T>): T },
): Kind<T> {
  const names = Object.keys(fields) as (keyof T & string)[]
  const kindOf = (name: keyof T & string): Kind<unknown> => fields[name].kind as Kind<unknown>
  return {
    what,
    label,
    read: (value, place) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new InvalidValue(what)
      const read: Partial<Record<keyof T, unknown>> = {}
      for (const [name, each] of Object.entries(value)) {
        const known = names.find((other) => other === name)
        if (known === undefined) {
          const meant = nearestName(name, names)
          throw new InvalidValue(what, { path: [name], ...(meant !== undefined && { meant }) })
        }
        read[known] = readField(kindOf(known), known, each, place)
      }
      return checked(read as Partial<T>)
    },
    print: (settings) => {
      const pairs = names.flatMap((name) =>
        settings[name] === undefined ? [] : [`${name} = ${kindOf(name).print(settings[name])}`],
      )
      return `{ ${pairs.join(', ')} }`
    },
  }
}

function readField(kind: Kind<unknown>, name: string, value: unknown, place: Place): unknown {
  try {
    return kind.read(value, place)
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error
    const { meant } = error
    throw new InvalidValue(error.message, {
      path: [name, ...error.path],
      ...(meant !== undefined && { meant }),
    })
  }
}
