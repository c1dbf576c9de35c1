import { bitHistories } from './bit-history.js'
import { logistic } from './logistic.js'
import { paces } from './pace.js'

let made:
  | (ReturnType<typeof bitHistories> & ReturnType<typeof logistic> & { readonly pace: Int32Array })
  | undefined

/** The tables of a model. Made with the first model: few runs need one. */
export const tables = () => (made ??= { ...bitHistories(), ...logistic(), pace: paces() })
