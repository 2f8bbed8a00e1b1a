/** Platforms that get a VSIX. ONNX Runtime's package carries no native files for others (Intel Macs, musl libc). */
export const targets = {
  // Not what `npm run cuda` adds.
  'linux-x64': nativeFiles('linux/x64', 'libonnxruntime.so.1', 'onnxruntime_binding.node'),
  'linux-arm64': nativeFiles('linux/arm64'),
  'win32-x64': nativeFiles('win32/x64'),
  'win32-arm64': nativeFiles('win32/arm64'),
  // The library is in the package twice; the binding asks for the short name.
  'darwin-arm64': nativeFiles('darwin/arm64', 'onnxruntime_binding.node', 'libonnxruntime.1.dylib'),
};

/** Lines for a `.vscodeignore`; a file that any `!` line names is shipped, whatever the other lines say. */
function nativeFiles(platform, ...names) {
  const folder = `node_modules/onnxruntime-node/bin/napi-v6/${platform}`;
  return (names.length > 0 ? names : ['*']).map((name) => `!${folder}/${name}`);
}

/** No larger than this, in bytes. */
export const largestVsix = 40e6;
