/** What is said of a message of which nobody on this side has the bytes any more, while it stands on another side. */
export const lostBytes = {
  reason: 'The endpoint waits for this message, and its last complete copy has been removed.',
  next: 'Put the message back, sync the device that still has it, or delete it on a device if you no longer need it.',
} as const
