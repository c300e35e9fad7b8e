package ice

import "strings"

// The names that Ice 3.7 knows under Ice and IceSSL, and what Ice 3.8 added for
// connections. A name here is a row "prefix: suffixes"; * stands for anything
// that follows. Those that mean nothing here are in noEffects.
var propertyNames = expandPropertyNames(`
Ice: AcceptClassCycles BackgroundLocatorCacheUpdates BatchAutoFlush BatchAutoFlushSize CacheMessageBuffers
Ice: ChangeUser ClassGraphDepthMax ClientAccessPolicyProtocol CollectObjects Compression.Level Compression.MemoryMax Config ConsoleListener DispatchQueueSizeMax
Ice: EventLog.Source FactoryAssemblies HTTPProxyHost HTTPProxyPort HostResolver IPv4 IPv6 ImplicitContext InitPlugins
Ice: LogFile LogFile.SizeMax LogStdErr.Convert MessageSizeMax NoSlicing Nohup NullHandleAbort Package.* Plugin.* PluginLoadOrder
Ice: PreferIPv6Address PreloadAssemblies PrintAdapterReady PrintProcessId PrintStackTraces ProgramName RetryIntervals
Ice: SOCKSProxyHost SOCKSProxyPort ServerIdleTime StdErr StdOut SyslogFacility ThreadInterruptSafe ThreadPriority
Ice: ToStringMode UseApplicationClassLoader UseOSLog UseSyslog UseSystemdJournal
Ice.ACM: Timeout Close Heartbeat
Ice.ACM.Client: . Timeout Close Heartbeat
Ice.ACM.Server: . Timeout Close Heartbeat
Ice.Admin: Enabled Facets InstanceName ServerId DelayCreation Logger.KeepLogs Logger.KeepTraces Logger.Properties
Ice.Connection.Client: CloseTimeout CoalesceDelay ConnectTimeout EnableIdleCheck IdleTimeout InactivityTimeout MaxDispatches SendQueueMax
Ice.Connection.Server: CloseTimeout CoalesceDelay ConnectTimeout EnableIdleCheck IdleTimeout InactivityTimeout MaxDispatches SendQueueMax
Ice.Default: CollocationOptimized EncodingVersion EndpointSelection Host InvocationTimeout LocatorCacheTimeout Package
Ice.Default: PreferSecure Protocol SlicedFormat SourceAddress Timeout
Ice.Override: CloseTimeout Compress ConnectTimeout Secure Timeout
Ice.TCP: Backlog RcvSize SndSize
Ice.ThreadPool.Client: . Serialize Size SizeMax SizeWarn StackSize ThreadIdleTime ThreadPriority
Ice.ThreadPool.Server: . Serialize Size SizeMax SizeWarn StackSize ThreadIdleTime ThreadPriority
Ice.Trace: Admin.Logger Admin.Properties Locator Network Protocol Retry Slicing ThreadPool
Ice.UDP: RcvSize SndSize
Ice.Warn: AMICallback Connections Datagrams Dispatch Endpoints UnknownProperties UnusedProperties
IceSSL: Alias CAs CertAuthDir CertAuthFile CertFile CertStore CertStoreLocation CertVerifier CertificateRevocationListFiles
IceSSL: CheckCRL CheckCertName Ciphers DH.* DHParams DefaultDir EntropyDaemon FindCert FindCert.* InitOpenSSL KeyFile
IceSSL: Keychain KeychainPassword Keystore KeystorePassword KeystoreType Password PasswordCallback PasswordRetryMax
IceSSL: ProtocolVersionMax ProtocolVersionMin Protocols Random RevocationCheck RevocationCheckCacheOnly SchannelStrongCrypto
IceSSL: Trace.Security TrustOnly TrustOnly.Client TrustOnly.Server TrustOnly.Server.* Truststore TruststorePassword
IceSSL: TruststoreType UsePlatformCAs VerifyDepthMax VerifyPeer
`)

// proxySuffixes are what may follow the name of a proxy property.
var proxySuffixes = strings.Fields(`CollocationOptimized ConnectionCached Context.* EndpointSelection InvocationTimeout
	Locator LocatorCacheTimeout PreferSecure Router`)

// adapterSuffixes are what may follow an adapter's name; Locator and Router are
// proxy properties with suffixes of their own.
var adapterSuffixes = strings.Fields(`ACM.Close ACM.Heartbeat ACM.Timeout AdapterId Connection.CloseTimeout Connection.CoalesceDelay Connection.ConnectTimeout
	Connection.EnableIdleCheck Connection.IdleTimeout Connection.InactivityTimeout Connection.MaxDispatches Connection.SendQueueMax Endpoints
	MaxConnections MessageSizeMax ProxyOptions PublishedEndpoints PublishedHost ReplicaGroupId ThreadPool.Serialize ThreadPool.Size
	ThreadPool.SizeMax ThreadPool.SizeWarn ThreadPool.StackSize ThreadPool.ThreadIdleTime ThreadPool.ThreadPriority`)

func expandPropertyNames(table string) map[string]bool {
	names := map[string]bool{}
	for line := range strings.Lines(table) {
		prefix, suffixes, _ := strings.Cut(line, ":")
		for suffix := range strings.FieldsSeq(suffixes) {
			names[strings.TrimSuffix(prefix+"."+suffix, "..")] = true
		}
	}
	addProxy := func(name string) {
		names[name] = true
		for _, suffix := range proxySuffixes {
			names[name+"."+suffix] = true
		}
	}
	addProxy("Ice.Default.Router")
	addProxy("Ice.Default.Locator")
	addProxy("Ice.Admin.Router")
	addProxy("Ice.Admin.Locator")
	for _, suffix := range adapterSuffixes {
		names["Ice.Admin."+suffix] = true
	}
	return names
}

// checkPropertyName reports whether a name is not Ice's or is one that Ice knows.
// The hint is the known name that differs only in case, if there is one.
func checkPropertyName(name string) (hint string, known bool) {
	if !strings.HasPrefix(name, "Ice.") && !strings.HasPrefix(name, "IceSSL.") {
		return "", true
	}
	if knownIn(propertyNames, name) {
		return "", true
	}
	for candidate := range propertyNames {
		if strings.EqualFold(candidate, name) {
			return candidate, false
		}
	}
	return "", false
}

// knownIn looks for name itself and for each of its prefixes followed by a star.
func knownIn(names map[string]bool, name string) bool {
	if names[name] {
		return true
	}
	for i := len(name) - 1; i > 0; i-- {
		if name[i] == '.' && i+1 < len(name) && names[name[:i+1]+"*"] {
			return true
		}
	}
	return false
}
