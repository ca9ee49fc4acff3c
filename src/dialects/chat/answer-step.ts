/** A piece of an answer in an order in which one part is finished before the next begins. */
export type Step =
  | {
      readonly kind: 'reasoning' | 'text' | 'refusal'
      readonly text: string
      readonly logprobs?: readonly unknown[]
    }
  | { readonly kind: 'call'; readonly id: string | undefined; readonly name: string }
  | { readonly kind: 'arguments'; readonly text: string }
