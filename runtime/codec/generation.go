package codec

// RuntimeFitsGeneration1 exists in every runtime that runs code of generation 1. Each
// generated package refers to the constant of its own generation, so code that this
// runtime doesn't fit doesn't compile. The comment beside that line says what to do.
const RuntimeFitsGeneration1 = true
