/** What the worker's later file holds: `later.ts` loads it. */
export { resolveConflict } from '../../sync/write/resolve-conflict.js'
export { ashoreView } from '../view/ashore-view.js'
export { foundRows } from '../view/found-rows.js'
export { askAshore, takeFound } from './ask-ashore.js'
export { saveDraft, sendDraft } from './drafts.js'
