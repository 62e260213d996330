import Testing

/// What a person sees, in a headless Chromium; one browser at a time, since each wants a processor for itself.
@Suite(.serialized) struct BrowserTests {}
