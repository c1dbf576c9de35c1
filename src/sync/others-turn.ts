/**
 * Lets everything else that waits in this process do a piece of its work.
 *
 * @param ms how long at the least: whoever has held up everybody gives back what that took.
 */
export function othersTurn(ms = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Of the time in which codec 2 works for one exchange, what others have at the least, as often as that. */
export const shareOfOthers = 3
