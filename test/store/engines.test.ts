import { storeConformance } from '../../testing/store.js'
import { engines } from './engines.js'

for (const engine of engines) storeConformance(engine.name, engine.open)
