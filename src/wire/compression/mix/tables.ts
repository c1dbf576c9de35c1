import { bitHistories } from './bit-history.js'
import { logistic } from './logistic.js'
import { paces } from './pace.js'

let made:
  | (ReturnType<typeof bitHistories> & ReturnType<typeof logistic> & { readonly pace: Int32Array })
  | undefined

/** All that a model looks up. Made when the first model is: few runs need one. */
export const tables = () => (made ??= { ...bitHistories(), ...logistic(), pace: paces() })
