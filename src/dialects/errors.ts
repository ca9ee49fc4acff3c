import { AppError } from '#base/errors'

/** A field that no chat completion can carry: refused by name, because leaving it out would change the answer. */
export function cannotTranslate(param: string, why: string): AppError {
  return new AppError('invalid_input', 'unsupported_parameter', `${param} cannot be honoured here: ${why}.`, {
    param,
  })
}

export function unknownField(param: string): AppError {
  return new AppError(
    'invalid_input',
    'unknown_parameter',
    `${param} is not a field of this request. Leave it out, or call /v1/chat/completions, which passes unknown fields on to the host.`,
    { param },
  )
}

export function wrongField(param: string, what: string): AppError {
  return new AppError('invalid_input', 'request_invalid', `${param}: ${what}.`, { param })
}

/** The host's answer is not what a chat completion looks like. */
export function answerUnreadable(what: string): AppError {
  return new AppError(
    'upstream',
    'answer_unreadable',
    `The host's answer cannot be read as a chat completion: ${what}. Its log may say why.`,
  )
}

export function answerTooLarge(): AppError {
  return new AppError(
    'upstream',
    'answer_too_large',
    'The host’s answer is larger than Hearth can translate. Ask for a shorter one (max tokens).',
  )
}

/** Hearth's own failure, which says nothing about the host. */
export function translationFailed(cause: unknown): AppError {
  return new AppError(
    'internal',
    'translation_failed',
    'Hearth failed to write this answer in the form that was asked for. Ask /v1/chat/completions instead, and please report it.',
    { cause },
  )
}

export function responseNotFound(id: string, param?: string): AppError {
  return new AppError(
    'not_found',
    'response_not_found',
    `There is no response ${JSON.stringify(id.slice(0, 100))} for this key. Responses live in memory for a while, and a restart forgets them: send the whole conversation as input instead.`,
    param === undefined ? {} : { param },
  )
}

export function responseNotCancellable(): AppError {
  return new AppError(
    'invalid_input',
    'response_not_cancellable',
    'Only background responses can be cancelled, and Hearth makes none. To stop a stream, close its connection.',
  )
}

export function tokensNotCountable(): AppError {
  return new AppError(
    'not_found',
    'count_tokens_unavailable',
    'Hearth does not count tokens ahead of an answer: only the host knows the model’s tokens. The usage of each answer has its counts.',
  )
}

/** The host reported an error in its stream; its own words go with it. */
export function hostSaidError(): AppError {
  return new AppError('upstream', 'host_error', 'The host reported an error in the middle of its answer.')
}

export function itemNotFound(param: string): AppError {
  return new AppError(
    'not_found',
    'item_not_found',
    `${param} names an item that no response of this key holds. Responses live in memory for a while, and a restart forgets them: send the item itself.`,
    { param },
  )
}
