/**
 * Lets everything else that waits in this process do a piece of its work.
 *
 * @param ms how long at the least: whoever has held up everybody gives back what that took.
 */
export function yieldToOthers(ms = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
