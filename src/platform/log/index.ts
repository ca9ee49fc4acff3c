export { openLog, silentLog, type Log, type LogLevel, type LogSink } from './log.ts'
